import { startTestServer } from './test-server.ts';

/** Where a test run tells its child processes about its server. */
const addressVariable = 'TASKFLOW_TEST_POSTGRES';

let own: Promise<string> | undefined;

/**
 * URL of the run's server. A test file that is run on its own has none: then the first caller starts one for this
 * process, which ends with it.
 */
export function sharedServerUrl(): Promise<string> {
  const given = givenServerUrl();
  if (given !== undefined) return Promise.resolve(given);
  own ??= startOwn();
  return own;
}

/** URL of the server that this run was told of. */
export function givenServerUrl(): string | undefined {
  return process.env[addressVariable];
}

async function startOwn(): Promise<string> {
  const server = await startTestServer();
  process.once('exit', () => server.stopNow());
  return server.url;
}

/** Tells this process and those that it starts. `undefined` takes it back. */
export function announceServer(url: string | undefined): void {
  if (url === undefined) delete process.env[addressVariable];
  else process.env[addressVariable] = url;
}
