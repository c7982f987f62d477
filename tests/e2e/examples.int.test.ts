import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { type Exit, repositoryRoot, startChild, usePlatform } from './harness/index.ts';

const directory = 'examples/src';

/** What each numbered example prints, line by line; each line of it is asserted, in this order. */
const prints: Readonly<Record<string, readonly RegExp[]>> = {
  '01-first-task.ts': [/^Hello, Ada!$/, /^Hello, Grace!$/, /^status: completed$/, /^refused: /],
  '02-retries.ts': [/^flaky: completed in attempt 3$/, /^declined: failed after 1 attempt: the card was declined$/],
  '03-typed-workflow.ts': [
    /^(graph|flowchart) /,
    /^words: 10, letters per word: 4$/,
    /^fetch: completed$/,
    /^words: completed$/,
    /^letters: completed$/,
  ],
  '04-inline-json.ts': [
    /^started: 201$/,
    /^reserve: completed \{"lines":3\}$/,
    /^wait: completed \{"ms":50\}$/,
    /^confirm: completed \{"order":"o-7","reserved":3\}$/,
    /^workflow: completed$/,
    /^output: \{"confirm":\{"order":"o-7","reserved":3\}\}$/,
  ],
  '05-embedded.ts': [/^first engine: running$/, /^the first engine has stopped/, /^second engine: result 20$/],
  '06-scientific-workflow.ts': [
    /: 14 steps, 14 slots, speed 100$/,
    /^status: completed$/,
    /^steps completed: 14 of 14$/,
    /^makespan: \d+\.\d{3} s$/,
    /^critical path \(lower bound\): \d+\.\d{3} s$/,
    /^ratio: \d+\.\d{3}$/,
  ],
  '07-order-saga.ts': [
    /^(graph|flowchart) /,
    /^all goes well: completed \(sent, tracking TF-…, approved by nobody\)$/,
    /^ {2}held tea, charged 1200, shipped$/,
    /^the card is declined: compensated \(/,
    /^ {2}held cup, released cup$/,
    /^nobody ships it: compensated \(/,
    /^ {2}held pot, charged 4500, refunded 4500, released pot$/,
    /^a large order is approved: completed \(sent, tracking TF-…, approved by ana\)$/,
    /^a cancel would undo: reserve by saga\.release-stock$/,
    /^cancelled while it waits for approval: compensated \(/,
    /^ {2}held kettle, released kettle$/,
    /^held: 2, charged: 2, shipped: 2$/,
  ],
  '08-broken-workflow.ts': [
    /: 14 steps, \S+ is broken$/,
    /^status: (compensated|failed), because of /,
    /^completed: \d+, undone: \d+$/,
    /^undone in a valid order$/,
  ],
  '09-testing.ts': [
    /^approved after two days: receipt of 12, approved by ana$/,
    /^the bank was asked 2 times; now it is 2026-01-03T01:00:00\.000Z$/,
    /^approved by nobody: compensated, undone by examples\.release$/,
    /^killed at every write: the same end each time$/,
  ],
};
/** They run engines of their own to show their point. */
const withoutServer = new Set(['05-embedded.ts', '09-testing.ts']);

async function run(name: string, ...args: string[]): Promise<Exit & { lines: string[]; all: string }> {
  const child = startChild({ command: [`${directory}/${name}`, ...args] });
  const exit = await child.exited;
  return { ...exit, lines: child.stdout().split('\n'), all: `${child.stdout()}\n${child.stderr()}` };
}

function assertPrinted(lines: readonly string[], expected: readonly RegExp[]): void {
  let from = 0;
  for (const pattern of expected) {
    const at = lines.findIndex((line, index) => index >= from && pattern.test(line));
    assert.ok(at >= 0, `no line ${pattern} after line ${from} of:\n${lines.join('\n')}`);
    from = at + 1;
  }
}

describe('examples', () => {
  const platform = usePlatform();

  it('are all listed here with what they print', () => {
    const numbered = readdirSync(join(repositoryRoot, directory)).filter((name) => /^\d\d-/.test(name));
    assert.deepEqual(Object.keys(prints).sort(), numbered.sort());
  });

  for (const [name, expected] of Object.entries(prints)) {
    it(`${name} prints what it promises`, async () => {
      const { code, lines, all } = await run(name, ...(withoutServer.has(name) ? [] : ['--url', platform().url]));
      assert.equal(code, 0, all);
      assertPrinted(lines, expected);
    });
  }

  it('01-first-task.ts runs the engine in its own process too', async () => {
    const { code, lines, all } = await run('01-first-task.ts');
    assert.equal(code, 0, all);
    assertPrinted(lines, prints['01-first-task.ts'] ?? []);
  });

  it('06-scientific-workflow.ts joins 1,000 parallel steps', async () => {
    const args = ['--wide', '1000', '--speed', '1000', '--url', platform().url];
    const { code, lines, all } = await run('06-scientific-workflow.ts', ...args);
    assert.equal(code, 0, all);
    assertPrinted(lines, [/: 1001 steps/, /^status: completed$/, /^steps completed: 1001 of 1001$/]);
  });

  it('06-scientific-workflow.ts refuses a file that is not WfFormat', async () => {
    const { code, all } = await run('06-scientific-workflow.ts', join(repositoryRoot, 'package.json'));
    assert.notEqual(code, 0);
    assert.ok(!all.includes('TypeError'), all);
  });
});
