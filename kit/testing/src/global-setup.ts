import { announceServer } from './shared-server.ts';
import { startTestServer, type TestServer } from './test-server.ts';

let server: TestServer | undefined;

/** For `node --test --test-global-setup`: starts the one server of the run. */
export async function globalSetup(): Promise<void> {
  server = await startTestServer();
  process.once('exit', stopNow);
  announceServer(server.url);
}

/** Stops it and removes its data. */
export async function globalTeardown(): Promise<void> {
  process.off('exit', stopNow);
  announceServer(undefined);
  await server?.stop();
  server = undefined;
}

function stopNow(): void {
  server?.stopNow();
}
