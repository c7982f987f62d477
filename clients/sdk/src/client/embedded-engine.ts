import { TaskFlowError } from '../errors.ts';

/** The whole platform inside this process, as `@taskflow/platform` starts it. */
export interface EmbeddedEngine {
  readonly url: string;
  stop(): Promise<void>;
}
export interface EmbeddedEngineOptions {
  /** The directory of the database; `false` for one that is gone when the engine stops. */
  readonly dataDir?: string | false;
}
interface PlatformModule {
  createEmbeddedEngine(options: EmbeddedEngineOptions): Promise<EmbeddedEngine>;
}

/**
 * Loads the engine by name and starts it. The name is a value, so that no tool sees an import: the platform depends on
 * this package, and whoever only talks to a server does not install it.
 */
export async function startEmbeddedEngine(
  options: EmbeddedEngineOptions,
  platform = '@taskflow/platform',
): Promise<EmbeddedEngine> {
  const loaded: unknown = await import(platform).catch((error: unknown) => {
    if (!isMissing(error, platform)) throw error;
    throw new TaskFlowError(
      'platform_not_installed',
      `createTaskFlow() without a url runs the engine in this process, which needs the package ${platform}: ` +
        `install it (npm install ${platform}), or give the url of a running server`,
      { cause: error },
    );
  });
  if (!isPlatform(loaded)) {
    throw new TaskFlowError(
      'platform_unsuitable',
      `${platform} does not export createEmbeddedEngine: its version does not fit`,
    );
  }
  return loaded.createEmbeddedEngine(options);
}

/** Only the package itself missing means "not installed"; anything else missing inside it is its own fault. */
function isMissing(error: unknown, name: string): boolean {
  return (
    error instanceof Error &&
    'code' in error &&
    error.code === 'ERR_MODULE_NOT_FOUND' &&
    error.message.includes(`'${name}'`)
  );
}

function isPlatform(module: unknown): module is PlatformModule {
  return (
    typeof module === 'object' &&
    module !== null &&
    'createEmbeddedEngine' in module &&
    typeof module.createEmbeddedEngine === 'function'
  );
}
