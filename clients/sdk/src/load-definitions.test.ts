import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { TaskFlowError } from './errors.ts';
import { loadDefinitions } from './load-definitions.ts';

const definitions = new URL('./definitions/', import.meta.url).href;
const imports = `import { task } from '${definitions}task.ts'; import { queue } from '${definitions}queue.ts';`;
const taskOf = (id: string): string => `task({ id: '${id}', run: () => 1 })`;
/** As a program gets it whose library brings its own copy of this package. */
const ofOtherCopy = `import { task as other } from '${definitions}task.ts?other-copy';`;

const sources: Readonly<Record<string, string>> = {
  'mail.flow.ts': `${imports}
    export const mails = queue({ id: 'mails' });
    export const send = task({ id: 'send', queue: mails, run: () => 1 });
    export const again = send;
    export const options = Object.freeze({ kind: 'task', id: 'only looks like one' });
    export const odd = new Proxy({}, { get() { throw new Error('nobody reads this'); } });`,
  'mail.flow.test.ts': 'throw new Error("tests are not loaded")',
  'notes.txt': 'no module',
  'broken.js': 'throw new Error("at import")',
  'broken-oddly.js': 'throw Object.create(null)',
  'empty.ts': 'export const answer = 42;',
  'node_modules/other.flow.ts': 'throw new Error("packages are not loaded")',
  'defs/default.ts': `${imports} export default ${taskOf('default')};`,
  'defs/grouped.ts': `${imports} export default { a: ${taskOf('a')}, more: [${taskOf('b')}], get c() { throw 1; } };`,
  'defs/again.mts': `export * as grouped from './grouped.ts';`,
  'defs/copy.ts': `${ofOtherCopy} export const copy = other({ id: 'copy', run: () => 1 });`,
  'defs/helper.ts': 'export const help = () => 1;',
  'defs/[odd].ts': `${imports} export const odd = ${taskOf('odd')};`,
  'defs/deep/er.cts': `exports.nothing = 1;`,
};

describe('loadDefinitions()', () => {
  let directory = '';
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'taskflow-load-'));
    for (const [name, source] of Object.entries(sources)) {
      await mkdir(dirname(join(directory, name)), { recursive: true });
      await writeFile(join(directory, name), source);
    }
  });
  after(() => rm(directory, { recursive: true, force: true }));

  const idsOf = async (patterns: readonly string[], from = directory): Promise<string[]> =>
    (await loadDefinitions(patterns, from)).definitions.map(({ kind, id }) => `${kind} ${id}`).toSorted();
  const rejects = (pattern: string, expected: string, naming = '') =>
    assert.rejects(
      loadDefinitions([pattern], directory),
      (error: unknown) =>
        error instanceof TaskFlowError && error.code === expected && error.message.includes(naming || pattern),
    );
  const inDefs = ['task a', 'task b', 'task copy', 'task default', 'task odd'];

  it('gives each exported definition once', async () => {
    const { files } = await loadDefinitions(['*.flow*.ts', '**/*.flow.ts'], directory);
    assert.deepEqual(await idsOf(['*.flow*.ts', '**/*.flow.ts']), ['queue mails', 'task send']);
    assert.deepEqual(files, [join(directory, 'mail.flow.ts')]);
  });

  it('finds the same whether a shell or it expands the pattern, and wherever that begins', async () => {
    const expanded = ['again.mts', 'copy.ts', 'default.ts', 'grouped.ts', 'helper.ts', '[odd].ts'];
    assert.deepEqual(await idsOf(expanded.map((name) => `./defs/${name}`)), inDefs);
    for (const pattern of ['defs/*.{ts,mts}', './defs/*ts', './defs', 'defs/', join(directory, 'defs/**/*')]) {
      assert.deepEqual(await idsOf([pattern]), inDefs, pattern);
    }
    assert.deepEqual(await idsOf(['../*.ts'], join(directory, 'defs')), ['queue mails', 'task send']);
  });

  it('passes over what is no module, beside others', async () => {
    assert.deepEqual(await idsOf(['mail.flow.test.ts', 'notes.txt', 'mail.flow.ts']), ['queue mails', 'task send']);
  });

  it('looks into objects and lists that are exported', async () => {
    assert.deepEqual(await idsOf(['defs/grouped.ts']), ['task a', 'task b']);
    assert.deepEqual(await idsOf(['defs/again.mts']), ['task a', 'task b']);
  });

  it('refuses a pattern that matches nothing', () => rejects('*.nothing.ts', 'no_such_file'));

  it('names the module that cannot be imported', async () => {
    await rejects('broken.js', 'module_unusable', 'at import');
    await rejects('broken-oddly.js', 'module_unusable');
  });

  it('refuses modules that export no definition, and what is no module', async () => {
    await rejects('empty.ts', 'no_definitions');
    await rejects('notes.txt', 'no_definitions');
    assert.deepEqual((await loadDefinitions([], directory)).definitions, []);
  });
});
