import { dirname } from 'node:path';
import { createDatabase, type Database, loadStatements } from '@taskflow/kit-postgres';
import { startEmbeddedPostgres } from '@taskflow/kit-postgres/embedded';
import { silentTelemetry } from '@taskflow/kit-telemetry';
import type { PlatformProcess } from './platform-process.ts';
import { clusterBelow } from './process-tree.ts';

/** The databases of both services, opened beside the platform to see what it really wrote. */
export interface Stores {
  readonly management: Database;
  readonly execution: Database;
  close(): Promise<void>;
}

const names = { management: 'task_management', execution: 'task_execution' } as const;

export async function openStoresAt(url: (database: string) => string): Promise<Stores> {
  const telemetry = silentTelemetry();
  const open = (name: keyof typeof names) =>
    createDatabase({ url: url(names[name]), name: `test-${name}`, poolSize: 2, profile: 'general', telemetry });
  const [management, execution] = [open('management'), open('execution')];
  await Promise.all([management.start(), execution.start()]);
  return {
    management,
    execution,
    async close() {
      await Promise.all([management.stop(), execution.stop()]);
    },
  };
}

/** Connects to the embedded server of a platform, which goes on belonging to that platform. */
export async function openStores(platform: PlatformProcess): Promise<Stores> {
  const cluster = clusterBelow(platform.dataDir);
  if (cluster === undefined) throw new Error(`no database server below ${platform.dataDir}`);
  const server = await startEmbeddedPostgres({ dataDir: dirname(cluster), log: silentTelemetry().log });
  return openStoresAt((database) => server.url(database));
}

const statements = () => loadStatements(new URL('../queries/', import.meta.url), ['count-written']);
const opened = new WeakMap<PlatformProcess, Promise<Stores>>();

/** Rows that requests have left behind so far: equal before and after a request that wrote nothing. */
export async function writtenRows(platform: PlatformProcess): Promise<Record<string, unknown>> {
  const stores = await (opened.get(platform) ?? openOnce(platform));
  const [row] = await stores.management.query(statements()['count-written']);
  return row ?? {};
}

function openOnce(platform: PlatformProcess): Promise<Stores> {
  const stores = openStores(platform);
  opened.set(platform, stores);
  platform.onRemove(async () => (await stores).close());
  return stores;
}
