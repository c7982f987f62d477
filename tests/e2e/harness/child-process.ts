import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { takeOver } from './described-answers.ts';

export const repositoryRoot = fileURLToPath(new URL('../../../', import.meta.url));

export interface ChildOptions {
  /** The TypeScript file to run, absolute or from the repository root, then its arguments. */
  readonly command: readonly [entry: string, ...args: string[]];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** One program of the repository in a process group of its own, so that a test can signal all of it and nothing else. */
export interface Child {
  readonly pid: number;
  readonly exited: Promise<Exit>;
  running(): boolean;
  stdout(): string;
  stderr(): string;
  /** Resolves with the first line of either stream that matches, printed already or later. Rejects at exit or deadline. */
  line(pattern: RegExp, deadlineMs?: number): Promise<RegExpExecArray>;
  /** Every line so far that matches. */
  lines(pattern: RegExp): RegExpExecArray[];
  write(text: string): void;
  /** Nobody reads what it says from now on: its next line meets an ended pipe. */
  closeOutput(): void;
  signal(signal: NodeJS.Signals): void;
  signalGroup(signal: NodeJS.Signals): void;
  /** SIGTERM, and SIGKILL to the group for one that does not leave within its bound. */
  stop(): Promise<Exit>;
}

const stopBoundMs = 30_000;

const endings = new Set<() => void>();
let guarded = false;

/** Runs when the test process ends before the test could tidy up: a test that is killed leaves nothing running. */
export function atAbruptEnd(run: () => void): () => void {
  if (!guarded) {
    guarded = true;
    process.once('exit', () => {
      for (const ending of endings) ending();
    });
    for (const [name, code] of [
      ['SIGTERM', 143],
      ['SIGINT', 130],
    ] as const)
      process.once(name, () => process.exit(code));
  }
  endings.add(run);
  return () => void endings.delete(run);
}

/** What the child is answered over HTTP is checked as well. */
const checked = `--import=${new URL('./checked-fetch.ts', import.meta.url).href}`;

/** The environment of a child: that of the test run without any TaskFlow setting or the test runner's own marks. */
function cleanEnvironment(extra: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !name.startsWith('TASKFLOW_') && !name.startsWith('NODE_TEST') && name !== 'NODE_OPTIONS',
  );
  return { ...Object.fromEntries(inherited), NO_COLOR: '1', NODE_OPTIONS: checked, ...extra };
}

function watchOutput(child: ChildProcess) {
  const text = { stdout: '', stderr: '' };
  const changed = new EventTarget();
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream]?.setEncoding('utf8').on('data', (chunk: string) => {
      text[stream] += chunk;
      changed.dispatchEvent(new Event('output'));
    });
  }
  const completeLines = () => `${text.stdout}\n${text.stderr}`.split('\n');
  const find = (pattern: RegExp) => {
    for (const line of completeLines()) {
      const match = pattern.exec(line);
      if (match !== null) return match;
    }
    return undefined;
  };
  return { text, changed, find, completeLines };
}

export function startChild({ command: [entry, ...args], env = {}, cwd = repositoryRoot }: ChildOptions): Child {
  const child = spawn(process.execPath, [resolve(repositoryRoot, entry), ...args], {
    cwd,
    env: cleanEnvironment(env),
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const { text, changed, find, completeLines } = watchOutput(child);
  const { promise: exited, resolve: resolveExit } = Promise.withResolvers<Exit>();
  child.once('error', (error) => {
    text.stderr += String(error);
    resolveExit({ code: null, signal: null });
  });
  child.once('close', (code, signal) => {
    takeOver(text.stderr);
    resolveExit({ code, signal });
  });
  child.stdin?.on('error', () => {});
  const pid = child.pid ?? -1;
  const running = () => child.exitCode === null && child.signalCode === null && child.pid !== undefined;
  const describe = () =>
    `${entry} ${args.join(' ')}\n--- stdout\n${text.stdout.slice(-4000)}\n--- stderr\n${text.stderr.slice(-4000)}`;

  async function line(pattern: RegExp, deadlineMs = 60_000): Promise<RegExpExecArray> {
    const deadline = AbortSignal.timeout(deadlineMs);
    const left = exited.then(() => 'exited' as const);
    for (;;) {
      const match = find(pattern);
      if (match !== undefined) return match;
      const output = once(changed, 'output', { signal: deadline }).then(
        () => 'output' as const,
        () => 'late' as const,
      );
      const what = await Promise.race([output, left]);
      if (what === 'exited' && find(pattern) === undefined) throw new Error(`ended before ${pattern}: ${describe()}`);
      if (what === 'late') throw new Error(`no line ${pattern} within ${deadlineMs} ms: ${describe()}`);
    }
  }

  function signalGroup(signal: NodeJS.Signals): void {
    try {
      if (pid > 0) process.kill(-pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }

  void exited.then(atAbruptEnd(() => signalGroup('SIGKILL')));

  return {
    pid,
    exited,
    running,
    line,
    signalGroup,
    stdout: () => text.stdout,
    stderr: () => text.stderr,
    lines: (pattern) =>
      completeLines()
        .map((each) => pattern.exec(each))
        .filter((match) => match !== null),
    write: (content) => void child.stdin?.write(content),
    closeOutput: () => {
      child.stdout?.destroy();
      child.stderr?.destroy();
    },
    signal: (signal) => void child.kill(signal),
    async stop() {
      if (!running()) return exited;
      child.kill('SIGTERM');
      const bound = AbortSignal.timeout(stopBoundMs);
      bound.addEventListener('abort', () => signalGroup('SIGKILL'));
      return exited;
    },
  };
}
