import { createServer } from 'node:net';
import type { ListenAddress } from '@taskflow/kit-config';
import { PlatformError } from './platform-error.ts';

/** `refuse` a port that somebody else has, or take the `next` free one. */
export type TakenPort = 'refuse' | 'next';

const portsToTry = 50;

/** Looked at before anything is started, so that a taken port costs nothing and leaves nothing behind. */
export async function chooseAddress(wanted: ListenAddress, takenPort: TakenPort): Promise<ListenAddress> {
  const { host, port } = wanted;
  if (await isFree(host, port)) return wanted;
  const last = Math.min(port + portsToTry, 65_535);
  for (let next = port + 1; takenPort === 'next' && next <= last; next++) {
    if (await isFree(host, next)) return { host, port: next };
  }
  const tried = takenPort === 'next' ? `Ports ${port} to ${last} of ${host} are` : `Port ${port} of ${host} is`;
  throw new PlatformError(
    'port_in_use',
    `${tried} used by another program. Stop that program, or choose another port: --port <number> or TASKFLOW_LISTEN.`,
  );
}

function isFree(host: string, port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(false);
      else reject(new PlatformError('port_in_use', `${host}:${port} cannot be listened on: ${error.message}`));
    });
    probe.listen(port, host, () => probe.close(() => resolve(true)));
  });
}
