import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';
import type { Log } from '../definitions/context.ts';
import { recordingLog } from '../testing/recording-log.ts';
import { dependableLog, withBindings } from './log.ts';

/** What a program prints that logs to stderr. */
function printedBy(code: string): Record<string, unknown>[] {
  const log = new URL('./log.ts', import.meta.url).href;
  const program = `import { dependableLog, stderrLog, withBindings } from ${JSON.stringify(log)}; ${code}`;
  const { stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' });
  return stderr
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe('a line of the log', () => {
  it('keeps its time, level and message, and the fields that would take their places', () => {
    const [line] = printedBy(`stderrLog.info('paid', { msg: 'mine', level: 'fatal', time: 0, msg_: 'too', order: 1 })`);
    const { time, ...rest } = line ?? {};
    assert.match(String(time), /^\d{4}-/);
    assert.deepEqual(rest, {
      level: 'info',
      msg: 'paid',
      msg__: 'mine',
      level_: 'fatal',
      time_: 0,
      msg_: 'too',
      order: 1,
    });
  });

  it('keeps the task that it belongs to, and the fields of the handler', () => {
    const log = recordingLog();
    withBindings(log, { taskId: 't1', type: 'charge' }).error('failed', { type: 'card', error: new Error('declined') });
    const { error, ...rest } = log.lines[0]?.fields as { error: Error };
    assert.deepEqual(rest, { type_: 'card', taskId: 't1', type: 'charge' });
    assert.equal(error.message, 'declined');
    assert.match(String(error.stack), /log\.test/);
  });

  it('reaches a logger that knows neither errors, nor bigints, nor circles', () => {
    const printed: string[] = [];
    const naive: Log = { ...recordingLog(), info: (_message, fields) => void printed.push(JSON.stringify(fields)) };
    const circular: Record<string, unknown> = { n: 10n, error: new Error('x') };
    circular['self'] = circular;
    dependableLog(naive).info('m', circular);
    assert.match(printed[0] ?? '', /"n":"10".*"message":"x".*"self":"\[circular\]"/);
  });

  it('goes to stderr where the logger throws or rejects, and nobody else hears of that', () => {
    const lines = printedBy(`
      const closed = () => { throw new Error('the transport is closed'); };
      const log = dependableLog({ debug: closed, info: closed, warn: closed, error: async () => closed() });
      log.info('one', { a: 1 });
      log.error('two', { b: 2 });`);
    assert.deepEqual(
      lines.map(({ msg, a, b }) => [msg, a, b]),
      [
        ['one', 1, undefined],
        ['two', undefined, 2],
      ],
    );
  });

  it('is written by the methods of a logger that is a class', () => {
    const lines: string[] = [];
    class Logger implements Log {
      readonly #lines = lines;
      debug(): void {}
      warn(): void {}
      error(): void {}
      info(message: string): void {
        this.#lines.push(message);
      }
    }
    dependableLog(new Logger()).info('said');
    assert.deepEqual(lines, ['said']);
  });
});
