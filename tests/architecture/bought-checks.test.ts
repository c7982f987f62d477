import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { runTool, type ToolResult } from '../../scripts/verify/tool.ts';
import { lintViolations } from './lint-violations.ts';
import { type PlantedCopy, plantedCopy } from './planted-copy.ts';

const folder = 'kit/time/src';
const lintPath = (rule: string): string => `${folder}/planted-${rule}.ts`;

let copy: PlantedCopy;
before(() => {
  const lint = Object.entries(lintViolations).map(([rule, text]) => [lintPath(rule), text]);
  copy = plantedCopy({
    ...Object.fromEntries(lint),
    [`${folder}/planted-format.ts`]: 'export   const a = "b"\n',
    [`${folder}/planted-enum.ts`]: 'export enum Colour {\n  Red,\n}\n',
    [`${folder}/planted-null.ts`]: 'export const first = (list: readonly string[]): string => list[0];\n',
  });
});
after(() => copy.remove());

describe('lint', () => {
  let result: ToolResult;
  before(async () => {
    result = await runTool('oxlint', ['--type-aware', '--format', 'unix', folder], copy.directory);
  });

  test('fails on violations', () => assert.notEqual(result.code, 0));

  for (const rule of Object.keys(lintViolations)) {
    test(`sees ${rule}`, () => {
      const lines = result.output.split('\n').filter((line) => line.includes(`/planted-${rule}.ts:`));
      assert.ok(
        lines.some((line) => line.includes(`(${rule})`)),
        `${lines.join('\n') || 'nothing seen'}`,
      );
    });
  }
});

describe('format', () => {
  test('fails on a file that is not formatted', async () => {
    const result = await runTool('biome', ['format', `${folder}/planted-format.ts`], copy.directory);
    assert.notEqual(result.code, 0);
    assert.match(result.output, /planted-format/);
  });
});

describe('types', () => {
  let result: ToolResult;
  before(async () => {
    result = await runTool('tsc', ['--project', '.', '--incremental', 'false'], copy.directory);
  });

  test('fails on errors', () => assert.notEqual(result.code, 0));

  test('refuses syntax that type stripping cannot erase', () => {
    assert.match(result.output, /planted-enum\.ts.*TS1294/);
  });

  test('knows that a list may be shorter', () => assert.match(result.output, /planted-null\.ts.*TS2322/));
});

describe('dead code', () => {
  test('fails on a file that nothing imports', async () => {
    const result = await runTool('knip', ['--no-progress', '--include', 'files'], copy.directory);
    assert.notEqual(result.code, 0);
    assert.match(result.output, /planted-format\.ts/);
  });
});
