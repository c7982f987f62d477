import assert from 'node:assert/strict';
import { symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { documentedParts } from '../../scripts/examples/documented-examples.ts';
import { promisedLines } from '../../scripts/examples/printed-lines.ts';
import { removeDirectory, repositoryRoot, startChild, temporaryDirectory, usePlatform } from './harness/index.ts';

/** The address of a server in examples. */
const documentedUrl = 'http://127.0.0.1:7400';

describe('the examples of the SDK, each run as a program', { concurrency: 2 }, () => {
  const platform = usePlatform();
  let directory = '';
  before(async () => {
    directory = await temporaryDirectory('sdk-examples');
    // Packages are found as a user's program finds them: above the file.
    await symlink(join(repositoryRoot, 'node_modules'), join(directory, 'node_modules'));
  });
  after(() => removeDirectory(directory));

  for (const { name, examples } of documentedParts()) {
    for (const [index, example] of examples.entries()) {
      it(`of ${name} ends well and prints what it says`, async () => {
        const file = join(directory, `${name}-${index}.ts`);
        await writeFile(file, example.replaceAll(documentedUrl, platform().url));
        const child = startChild({ command: [file] });
        const { code } = await child.exited;
        assert.equal(code, 0, `${example}\n${child.stdout()}\n${child.stderr()}`);
        const printed = child.stdout().trimEnd();
        assert.equal(printed, promisedLines(example).join('\n'), child.stderr());
      });
    }
  }
});
