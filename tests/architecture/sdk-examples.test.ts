import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { type DocumentedPart, documentedParts } from '../../scripts/examples/documented-examples.ts';
import { complaintsAbout, overlayProgram } from '../../scripts/files/overlay-program.ts';

/** Fewer would mean that the public API is no longer seen. */
const fewestCallable = 45;

/** Examples stand where a user's code does: in a package that depends on the SDK. */
const placeOf = (index: number) => `examples/src/documented-${index}.ts`;

function complaints(examples: readonly string[]): string[] {
  const texts = new Map(examples.map((code, index) => [placeOf(index), code]));
  const program = overlayProgram(texts);
  return examples.flatMap((code, index) =>
    complaintsAbout(program, placeOf(index)).map((complaint) => `${complaint}\nin\n${code}`),
  );
}

const withoutExample = (parts: readonly DocumentedPart[]) =>
  parts.filter(({ isCallable, examples }) => isCallable && examples.length === 0).map(({ name }) => name);

describe('the public API of the SDK', () => {
  let parts: readonly DocumentedPart[] = [];
  before(() => {
    parts = documentedParts();
  });

  test('is seen', () => {
    const callable = parts.filter(({ isCallable }) => isCallable).map(({ name }) => name);
    assert.ok(callable.length >= fewestCallable, `${callable.length} functions: ${callable.join(', ')}`);
    for (const name of ['task', 'workflow', 'WorkVerbs.step', 'TaskFlow.start', 'testkit', 'builtIn'])
      assert.ok(callable.includes(name));
  });

  test('has an example for each function, constant and method', () => {
    assert.deepEqual(withoutExample(parts), []);
  });

  test('has examples that compile', () => {
    assert.deepEqual(complaints(parts.flatMap(({ examples }) => examples)), []);
  });
});

describe('a planted fault is caught:', () => {
  const partsOf = (text: string) =>
    documentedParts(
      new Map([
        ['clients/sdk/src/index.ts', 'export {};'],
        ['clients/sdk/src/testkit/index.ts', text],
      ]),
    );
  const exported = (text: string) => withoutExample(partsOf(text));

  test('functions, constants and overloads without an example', () => {
    const overloads =
      'export function three(): 1;\nexport function three(a: 1): 1;\nexport function three(_?: 1): 1 { return 1; }';
    const text = `/** Says nothing. */\nexport function one(): void {}\nexport const two = { a: () => 1 };\n${overloads}`;
    assert.deepEqual(exported(text).sort(), ['one', 'three', 'two']);
  });

  test('but not what has one, is refused by its type, or is a type', () => {
    const documented =
      '/**\n * Says so.\n *\n * @example\n * one();\n *\n * @deprecated\n */\nexport function one(): void {}';
    const refused = "export function later(): never { throw new Error('not yet'); }";
    assert.deepEqual(exported(`${documented}\n${refused}\nexport interface Shape { run(): void }`), []);
  });

  test('a tag that follows an example is no part of it', () => {
    const text = '/**\n * @example\n * one();\n *   two();\n *\n * @deprecated\n */\nexport function one(): void {}';
    assert.deepEqual(partsOf(text)[0]?.examples, ['one();\n  two();\n']);
  });

  test('an example that does not compile', () => {
    const [complaint = '', ...others] = complaints([
      "import { durationMs } from '@taskflow/sdk';\ndurationMs('soon');\n",
      "import { durationMs } from '@taskflow/sdk';\ndurationMs('1m');\n",
    ]);
    assert.match(complaint, /"soon"/);
    assert.deepEqual(others, []);
  });
});
