import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { prettyLine } from './pretty-log.ts';
import { createTelemetry, silentTelemetry } from './telemetry.ts';

function recorded(format: 'json' | 'pretty' = 'json') {
  const lines: string[] = [];
  const destination = { write: (line: string) => lines.push(line) };
  return { lines, telemetry: createTelemetry({ service: 'host', level: 'info', format, destination }) };
}

describe('telemetry', () => {
  it('writes one JSON line per message, with the service, the level and the fields', () => {
    const { lines, telemetry } = recorded();
    telemetry.log.info({ taskId: 't1' }, 'done');
    telemetry.log.debug('not written');
    assert.equal(lines.length, 1);
    const { time, ...rest } = JSON.parse(lines[0] ?? '') as Record<string, unknown>;
    assert.match(String(time), /^\d{4}-\d\d-\d\dT.*Z$/);
    assert.deepEqual(rest, { level: 'info', service: 'host', taskId: 't1', msg: 'done' });
  });

  it('gives children the fields of their parents, each printed once', () => {
    const { lines, telemetry } = recorded();
    telemetry.child({ service: 'ledger', queue: 'mail' }).child({ queue: 'sms' }).log.warn('slow');
    assert.equal(lines[0]?.match(/"service"/g)?.length, 1);
    const { service, queue } = JSON.parse(lines[0] ?? '') as Record<string, unknown>;
    assert.deepEqual({ service, queue }, { service: 'ledger', queue: 'sms' });
  });

  it('never writes what stands under the name of a secret', () => {
    const { lines, telemetry } = recorded();
    telemetry.log.info({ password: 'canary', headers: { authorization: 'canary', cookie: 'canary' } }, 'signed in');
    assert.doesNotMatch(lines.join(), /canary/);
    assert.match(lines.join(), /\[redacted\]/);
  });

  it('prints errors with their stack, also for a person', () => {
    const { lines, telemetry } = recorded('pretty');
    telemetry.log.error({ err: new Error('boom'), taskId: 't1' }, 'failed');
    assert.match(lines[0] ?? '', /^\d\d:\d\d:\d\d\.\d{3} error host {2}failed taskId=t1\n {2}Error: boom\n/);
    const plain = prettyLine('{"level":"warn","time":"2026-01-02T03:04:05.678Z","service":"a","msg":"m"}', false);
    assert.equal(plain, '03:04:05.678 warn  a  m\n');
  });

  it('prints for a person only what a terminal shows', () => {
    const hostile = 'a\u001b[2J\u009b1m\u202eb\nc';
    const err = { message: hostile, stack: `Error: ${hostile}\n    at f` };
    const line = prettyLine(
      JSON.stringify({ level: 'error', time: '', service: 's', msg: hostile, queue: hostile, err }),
      false,
    );
    const shown = 'a\\u001b[2J\\u009b1m\\u202eb';
    const stack = `Error: ${shown}\n  c\n      at f`;
    assert.equal(line, ` error s  ${shown}\\nc queue=${shown}\\nc\n  ${stack}\n`);
  });

  it('gives the metric of a name again, keeps two registries apart, and refuses one name for two kinds', async () => {
    const { telemetry } = recorded();
    const options = { name: 'things_total', help: 'Things', labelNames: ['kind'] };
    telemetry.counter(options).inc({ kind: 'a' });
    telemetry.child({ service: 'other' }).counter(options).inc({ kind: 'a' });
    assert.match(await telemetry.metrics.metrics(), /things_total\{kind="a"\} 2/);
    assert.equal(silentTelemetry().metrics.getSingleMetric('things_total'), undefined);
    assert.throws(() => telemetry.gauge(options), /exists already/);
  });

  it('collects a gauge at the scrape', async () => {
    const { telemetry } = recorded();
    let depth = 3;
    telemetry.gauge({ name: 'depth', help: 'Depth', collect: (gauge) => gauge.set(depth) });
    depth = 5;
    assert.match(await telemetry.metrics.metrics(), /depth 5/);
  });
});
