import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { repositoryRoot, startChild, usePlatform } from './harness/index.ts';

/** What each numbered example must print, besides ending with exit code 0. */
const expected: Readonly<Record<string, readonly RegExp[]>> = {};

const examples = readdirSync(join(repositoryRoot, 'examples')).filter((name) => /^\d\d-/.test(name));

describe('examples', () => {
  const platform = usePlatform();

  it('are all listed here with what they print', () => {
    assert.deepEqual(Object.keys(expected).sort(), examples.sort());
  });

  for (const name of examples) {
    it(`${name} runs as its own process`, async () => {
      const child = startChild({ command: [`examples/${name}`], env: { TASKFLOW_URL: platform().url } });
      const { code } = await child.exited;
      assert.equal(code, 0, child.stdout() + child.stderr());
      for (const pattern of expected[name] ?? []) assert.match(child.stdout(), pattern);
    });
  }
});
