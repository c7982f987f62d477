import { processEnv } from '@taskflow/kit-config';

export interface Environment {
  readonly url: string | undefined;
  readonly apiKey: string | undefined;
}

/** What of the environment the commands that talk to a server use. An empty value is none. */
export function readEnvironment(): Environment {
  const { TASKFLOW_URL: url, TASKFLOW_API_KEY: apiKey } = processEnv();
  return { url: url || undefined, apiKey: apiKey || undefined };
}
