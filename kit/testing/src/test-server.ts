import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { abandonCluster, isSameProcess, processStamp, startEmbeddedPostgres } from '@taskflow/kit-postgres/embedded';
import { silentTelemetry } from '@taskflow/kit-telemetry';

/** The PostgreSQL server that the tests of one run share. */
export interface TestServer {
  /** Leads to the database `postgres` as superuser. */
  readonly url: string;
  stop(): Promise<void>;
  /** The same without waiting for promises: all that is possible while the process exits. */
  stopNow(): void;
}

const homePrefix = 'taskflow-test-postgres-';
const ownerFile = 'owner';

/** Nothing that a test stores has to survive a power failure. */
export const testServerSettings = {
  fsync: 'off',
  full_page_writes: 'off',
  wal_level: 'minimal',
  max_wal_senders: '0',
  max_connections: '400',
  shared_buffers: '128MB',
};

/** Starts a server in a fresh temporary directory, after removing those of runs that died. `special` adds to its settings. */
export async function startTestServer(special: Readonly<Record<string, string>> = {}): Promise<TestServer> {
  removeLeftBehind();
  const home = mkdtempSync(join(tmpdir(), homePrefix));
  writeFileSync(join(home, ownerFile), processStamp(process.pid));
  const server = await startEmbeddedPostgres({
    dataDir: home,
    settings: { ...testServerSettings, ...special },
    log: silentTelemetry().log,
  });
  return {
    url: server.url('postgres'),
    stop: async () => {
      await server.stop('immediate');
      rmSync(home, { recursive: true, force: true });
    },
    stopNow: () => abandonCluster(home),
  };
}

function removeLeftBehind(): void {
  for (const name of readdirSync(tmpdir())) {
    if (!name.startsWith(homePrefix)) continue;
    const home = join(tmpdir(), name);
    if (isOwned(home)) continue;
    try {
      abandonCluster(home);
    } catch {
      // Another user's directory, or another process removes it at this moment.
    }
  }
}

/** Without a readable owner it may be on its way up in another process; it is judged by a later run. */
function isOwned(home: string): boolean {
  try {
    return isSameProcess(readFileSync(join(home, ownerFile), 'utf8'));
  } catch {
    return true;
  }
}
