import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  CancelledError,
  ConflictError,
  InvalidInputError,
  NotFoundError,
  TaskFailedError,
  TaskFlowError,
  TimedOutError,
  UnauthorizedError,
  UnavailableError,
  WorkflowFailedError,
} from '@taskflow/sdk';
import { exitCodeOf, InterruptedError, PartlyRefusedError, StuckError, UsageError } from './exit-code.ts';
import { run } from './run.ts';

async function taskflow(line: string, stdin = ''): Promise<{ code: number; stdout: string; stderr: string }> {
  const written = { stdout: '', stderr: '' };
  const stream = (name: keyof typeof written) => ({
    write: (text: string) => {
      written[name] += text;
    },
  });
  const streams = { stdout: stream('stdout'), stderr: stream('stderr'), readStdin: () => Promise.resolve(stdin) };
  const code = await run(line.split(' '), streams, { url: 'http://127.0.0.1:9', apiKey: undefined });
  return { code, ...written };
}

describe('the command line', () => {
  for (const verb of ['schedules', 'webhooks', 'keys', 'explain', 'migrate', 'doctor', 'asyncapi', 'bench', 'top']) {
    it(`refuses ${verb} by name`, async () => {
      const { code, stdout, stderr } = await taskflow(`${verb} list --anything 1`);
      assert.equal(code, 2);
      assert.match(stderr, new RegExp(`${verb} is not available yet`));
      assert.equal(stdout, '');
    });
  }

  for (const line of ['dead-letters redrive x', 'dead-letters discard x']) {
    it(`refuses ${line} by name`, async () => {
      const { code, stderr } = await taskflow(line);
      assert.equal(code, 2);
      assert.match(stderr, /is not available yet/);
    });
  }

  it('suggests what was meant', async () => {
    const { code, stderr } = await taskflow('workfows list');
    assert.equal(code, 2);
    assert.match(stderr, /Did you mean workflows\?/);
  });

  it('shows its help on stdout and with exit code 0', async () => {
    const { code, stdout } = await taskflow('--help');
    assert.equal(code, 0);
    assert.match(stdout, /Usage: taskflow/);
  });

  for (const [line, message] of [
    ['tasks list -o xml', /Allowed choices/],
    ['tasks list --limit none', /whole number/],
    ['tasks list --tag broken', /key=value/],
    ['start x --input {', /no JSON/],
    ['start x --input {"id":9007199254740993}', /number_out_of_range at #\/id/],
    ['start x --input {"id":1,"id":2}', /duplicate_key at #\/id/],
    ['start x --input @/nowhere/at/all.json', /cannot be read/],
    ['tasks list --url ftp://x', /no http or https URL/],
    ['workflows list --status open', /Allowed choices are running, waiting, paused, .*compensation-stuck/],
    ['workflows restart --yes', /--status <status>' not specified/],
    ['workflows restart --status running', /Allowed choices are failed, cancelled, compensated, compensation-stuck/],
    ['workflows settle x charge', /--reason <text>' not specified/],
    ['workflows signal x approved --input {', /no JSON/],
    ['events emit scanned', /--key <key>' not specified/],
    ['events emit scanned --key 7 --input {', /no JSON/],
  ] as const) {
    it(`refuses "${line}" as a usage error`, async () => {
      const { code, stderr } = await taskflow(line);
      assert.equal(code, 2, stderr);
      assert.match(stderr, message);
    });
  }

  it('reads an input from standard input', async () => {
    const { code, stderr } = await taskflow('start x --input -', 'not json');
    assert.equal(code, 2);
    assert.match(stderr, /no JSON/);
  });
});

describe('exit codes', () => {
  const failure = { code: 'x', message: 'x' };
  for (const [error, code] of [
    [new UsageError('x'), 2],
    [new InvalidInputError('x', 'x'), 2],
    [new TaskFlowError('not_available', 'x'), 2],
    [new NotFoundError('not_found', 'x'), 3],
    [new ConflictError('x', 'x'), 4],
    [new UnauthorizedError('x', 'x'), 5],
    [new TimedOutError('x', 'x'), 6],
    [new TaskFailedError('id', 'type', 1, failure), 7],
    [new WorkflowFailedError('id', 'name', undefined, failure), 7],
    [new CancelledError(), 7],
    [new PartlyRefusedError('x'), 4],
    [new StuckError('x'), 8],
    [new InterruptedError('x'), 130],
    [new UnavailableError('x', 'x', 1), 1],
    [new Error('x'), 1],
  ] as const) {
    it(`${error.constructor.name} ${'code' in error ? error.code : ''} ends with ${code}`, () => {
      assert.equal(exitCodeOf(error), code);
    });
  }
});
