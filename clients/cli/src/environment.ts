/** The only place of this package that reads the environment. */
export interface Environment {
  readonly url: string | undefined;
  readonly apiKey: string | undefined;
}

export function readEnvironment(): Environment {
  return { url: process.env.TASKFLOW_URL || undefined, apiKey: process.env.TASKFLOW_API_KEY || undefined };
}
