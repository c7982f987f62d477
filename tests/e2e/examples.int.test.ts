import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { repositoryRoot, startChild, usePlatform } from './harness/index.ts';

/** What each numbered example must print, besides ending with exit code 0. */
const expected: Readonly<Record<string, readonly RegExp[]>> = {
  '01-first-task.ts': [/^Hello, Ada!\nHello, Grace!\nstatus: completed\nrefused: .*\/name /m],
  '02-retries.ts': [/^flaky: completed in attempt 3$/m, /^declined: failed after 1 attempt: the card was declined$/m],
  '03-typed-workflow.ts': [
    /^flowchart LR$/m,
    /^words: 10, letters per word: 4$/m,
    /^fetch: completed\nwords: completed\nletters: completed\n\$output: completed$/m,
  ],
  '04-inline-json.ts': [
    /^started: 201$/m,
    /^reserve: completed \{"lines":3\}$/m,
    /^confirm: completed \{"order":"o-7","reserved":3\}$/m,
    /^workflow: completed\noutput: \{"confirm":\{"order":"o-7","reserved":3\}\}$/m,
  ],
  '05-embedded.ts': [
    /^first engine: running\nthe first engine has stopped; nothing has run yet\nsecond engine: result 20$/m,
  ],
  '06-scientific-workflow.ts': [
    /^peak-survey: 14 steps, 14 slots, speed 100$/m,
    /^status: completed\nsteps completed: 14 of 14$/m,
    /^critical path \(lower bound\): 1\.59\d s\nratio: [1-9]/m,
  ],
};

const examples = readdirSync(join(repositoryRoot, 'examples/src')).filter((name) => /^\d\d-/.test(name));

describe('examples', () => {
  const platform = usePlatform();

  it('are all listed here with what they print', () => {
    assert.deepEqual(Object.keys(expected).sort(), examples.sort());
  });

  for (const name of examples) {
    it(`${name} runs as its own process`, async () => {
      const child = startChild({ command: [`examples/src/${name}`, '--url', platform().url] });
      const { code } = await child.exited;
      assert.equal(code, 0, child.stdout() + child.stderr());
      for (const pattern of expected[name] ?? []) assert.match(child.stdout(), pattern);
    });
  }
});
