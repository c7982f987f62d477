import { createTelemetry, type Log } from '@taskflow/kit-telemetry';
import { systemClock } from '@taskflow/kit-time';
import { createWorker, type Definition, loadDefinitions, reasonOf, type WorkerOptions } from '@taskflow/sdk';
import type { WorkerMessage, WorkerOrders } from './worker-messages.ts';

/** How long handlers may go on when the platform is gone: nobody can take their results any more. */
const orphanDrainMs = 1_000;
/** A drain waits for a server to acknowledge, and there is none: an orphan leaves all the same. */
const orphanLifeMs = 2_000;

const orders = JSON.parse(process.argv[2] ?? '{}') as WorkerOrders;
const { log } = createTelemetry({ service: 'worker', ...orders.log, destination: process.stderr });

/** The process of a worker that the platform starts beside itself, so that no handler can block the platform. */
async function main(): Promise<void> {
  // Ctrl-C and a closed terminal reach the whole process group; the platform decides when its worker drains.
  for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => {});
  // Whoever reads what is logged may leave; the work goes on.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  const { definitions, files } = await loadDefinitions(orders.modules, process.cwd());
  const worker = createWorker({
    url: orders.url,
    definitions,
    name: orders.name,
    ...(orders.concurrency !== undefined && { concurrency: orders.concurrency }),
    log: workerLog(log),
  });
  process.on('SIGTERM', () => void worker.drain(orders.drainMs));
  const leave = () => {
    void worker.drain(orphanDrainMs);
    systemClock.after(orphanLifeMs, () => process.exit(1));
  };
  process.on('disconnect', leave);
  // The platform may have ended before anybody listened for it.
  if (!process.connected) leave();
  worker.ready().then(
    () => print({ kind: 'ready', tasks: idsOf(definitions, 'task'), workflows: idsOf(definitions, 'workflow'), files }),
    () => {},
  );
  await worker.run();
}

function idsOf(definitions: readonly Definition[], kind: Definition['kind']): string[] {
  return definitions.filter((definition) => definition.kind === kind).map(({ id }) => id);
}

function workerLog(log: Log): NonNullable<WorkerOptions['log']> {
  return {
    debug: (message, fields) => log.debug(withOwn(fields), message),
    info: (message, fields) => log.info(withOwn(fields), message),
    warn: (message, fields) => log.warn(withOwn(fields), message),
    error: (message, fields) => log.error(withOwn(fields), message),
  };
}

/** Members of every line; a handler's field with such a name would stand twice in it, and readers take the last. */
const ofLine: ReadonlySet<string> = new Set(['level', 'time', 'msg', 'service']);

function withOwn(fields: object = {}): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [ofLine.has(name) ? `${name}_` : name, value]),
  );
}

/** Resolves once the message is on its way: a process that leaves earlier takes it along. */
function print(message: WorkerMessage): Promise<void> {
  return new Promise((resolve) => {
    if (!process.connected) return resolve();
    process.send?.(message, () => resolve());
  });
}

try {
  await main();
  process.exit(0);
} catch (error) {
  await print({ kind: 'refused', reason: reasonOf(error) });
  process.exit(1);
}
