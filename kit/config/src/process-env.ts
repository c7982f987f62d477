import type { Environment } from './read-settings.ts';

/** The environment of this process: the one place that reads it. */
export function processEnv(): Environment {
  return process.env;
}
