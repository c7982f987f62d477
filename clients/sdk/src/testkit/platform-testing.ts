import { TaskFlowError } from '../errors.ts';

/** A durable write of the engine, and the side of it on which the engine is killed. */
export interface Checkpoint {
  readonly pool: string;
  readonly ordinal: number;
  readonly moment: 'before' | 'after';
}

/** The test's worker as far as the engine must know it. */
export interface Workload {
  types(): readonly string[];
  asked(): number;
  running(): readonly { readonly key: string; readonly label: string; readonly asleep: boolean }[];
}

/** The real engine on virtual time, as `@taskflow/platform/testing` opens it; that package says what each member does. */
export interface TestPlatform {
  readonly url: string;
  now(): number;
  after(ms: number, run: () => void): () => void;
  settle(handlerPatienceMs?: number): Promise<{ readonly nextDueAt: number | undefined }>;
  advance(ms: number): Promise<void>;
  advanceToNextDue(): Promise<boolean>;
  armCheckpoints(at?: Checkpoint): void;
  readonly writes: ReadonlyMap<string, number>;
  readonly killed: Promise<void> | undefined;
  revive(): Promise<void>;
  stop(): Promise<void>;
}

export interface TestPlatformOptions {
  readonly startAt?: number;
  readonly workload: Workload;
  readonly settleWithinMs?: number;
  readonly onKill?: () => void;
}

interface TestingModule {
  openTestPlatform(options: TestPlatformOptions): Promise<TestPlatform>;
}

/** Loaded by name, as a value, so that no tool sees an import: the platform depends on this package. */
export async function openTestPlatform(
  options: TestPlatformOptions,
  platform = '@taskflow/platform/testing',
): Promise<TestPlatform> {
  const loaded: unknown = await import(platform).catch((error: unknown) => {
    if (!(error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND')) throw error;
    throw new TaskFlowError(
      'platform_not_installed',
      'testkit() runs the engine in this process, which needs the package @taskflow/platform: install it ' +
        '(npm install --save-dev @taskflow/platform)',
      { cause: error },
    );
  });
  if (!isTesting(loaded)) {
    throw new TaskFlowError('platform_unsuitable', `${platform} cannot open a test platform: its version does not fit`);
  }
  return loaded.openTestPlatform(options);
}

function isTesting(module: unknown): module is TestingModule {
  return (
    typeof module === 'object' &&
    module !== null &&
    'openTestPlatform' in module &&
    typeof module.openTestPlatform === 'function'
  );
}
