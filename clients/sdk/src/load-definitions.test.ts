import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { TaskFlowError } from './errors.ts';
import { loadDefinitions } from './load-definitions.ts';

describe('loadDefinitions()', () => {
  let directory = '';
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'taskflow-load-'));
    const definitions = new URL('./definitions/', import.meta.url).href;
    await mkdir(join(directory, 'node_modules'), { recursive: true });
    const source = [
      `import { task } from '${definitions}task.ts';`,
      `import { queue } from '${definitions}queue.ts';`,
      `export const mails = queue({ id: 'mails' });`,
      `export const send = task({ id: 'send', queue: mails, run: () => 1 });`,
      `export const again = send;`,
      `export const options = { kind: 'task', id: 'only looks like one' };`,
    ].join('\n');
    await writeFile(join(directory, 'mail.flow.ts'), source);
    await writeFile(join(directory, 'mail.flow.test.ts'), 'throw new Error("tests are not loaded")');
    await writeFile(join(directory, 'broken.js'), 'throw new Error("at import")');
    await writeFile(join(directory, 'node_modules', 'other.flow.ts'), 'throw new Error("packages are not loaded")');
  });
  after(() => rm(directory, { recursive: true, force: true }));

  const rejects = (pattern: string, expected: string) =>
    assert.rejects(
      loadDefinitions([pattern], directory),
      (error: unknown) => error instanceof TaskFlowError && error.code === expected,
    );

  it('gives each exported definition once', async () => {
    const { definitions, files } = await loadDefinitions(['*.flow*.ts', '**/*.flow.ts'], directory);
    assert.deepEqual(definitions.map(({ kind, id }) => `${kind} ${id}`).toSorted(), ['queue mails', 'task send']);
    assert.deepEqual(files, [join(directory, 'mail.flow.ts')]);
  });

  it('refuses a pattern that matches nothing', () => rejects('*.nothing.ts', 'no_such_file'));

  it('names the module that cannot be imported', () => rejects('broken.js', 'module_unusable'));
});
