import { createServer, connect, type Server, type Socket } from 'node:net';
import { eventually } from './waiting.ts';

/**
 * What happens to the next COMMIT that passes: `lose-request` cuts the connection before the server sees it,
 * `lose-answer` cuts it after the server has committed, `hold` keeps it back until `release`.
 */
export type CommitFault = 'lose-request' | 'lose-answer' | 'hold';

export interface DatabaseProxy {
  /** The database's URL, through the proxy. */
  readonly url: string;
  /** Once. Arm it when the connections under test are open: opening one commits too. */
  atNextCommit(fault: CommitFault): void;
  /** Commits that met their fault. */
  readonly faults: number;
  /** Sends on what `hold` keeps back, and resolves when the server has taken it or is known to be gone. */
  release(): Promise<void>;
  /** Cuts every connection, without a word. */
  cut(): void;
  close(): Promise<void>;
}

/** How `createDatabase` names COMMIT in the Bind message that executes it. */
const commitMark = Buffer.from('\0commit_');

interface Held {
  readonly server: Socket;
  readonly chunk: Buffer;
}

class LoopbackProxy implements DatabaseProxy {
  readonly #target: URL;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #held: Held[] = [];
  #fault: CommitFault | undefined;
  faults = 0;

  constructor(target: URL, server: Server) {
    this.#target = target;
    this.#server = server;
    server.on('connection', (client) => this.#join(client));
  }

  get url(): string {
    const url = new URL(this.#target);
    const address = this.#server.address();
    url.port = String(typeof address === 'object' ? address?.port : '');
    return url.href;
  }

  atNextCommit(fault: CommitFault): void {
    this.#fault = fault;
  }

  async release(): Promise<void> {
    for (const { server, chunk } of this.#held.splice(0)) {
      server.write(chunk);
      await eventually(() => server.closed || server.bytesWritten >= chunk.length);
    }
  }

  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise((resolve) => {
      this.#server.close(resolve);
    });
  }

  #join(client: Socket): void {
    const server = connect(Number(this.#target.port), this.#target.hostname);
    let answersAreLost = false;
    for (const socket of [client, server]) {
      this.#sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => this.#sockets.delete(socket));
    }
    client.on('data', (chunk) => {
      const fault = chunk.includes(commitMark) ? this.#takeFault() : undefined;
      if (fault === 'lose-request') return end(client, server);
      if (fault === 'hold') return void this.#held.push({ server, chunk });
      answersAreLost ||= fault === 'lose-answer';
      server.write(chunk);
    });
    server.on('data', (chunk) => {
      if (answersAreLost) end(client, server);
      else client.write(chunk);
    });
    server.on('close', () => client.destroy());
    // A held COMMIT has to reach the server although the client is gone by then.
    client.on('close', () => {
      if (!this.#held.some((held) => held.server === server)) server.destroy();
    });
  }

  #takeFault(): CommitFault | undefined {
    const fault = this.#fault;
    this.#fault = undefined;
    if (fault !== undefined) this.faults += 1;
    return fault;
  }
}

function end(client: Socket, server: Socket): void {
  client.destroy();
  server.destroy();
}

/** Stands between a database and its pool, and spoils what it is told to. */
export async function databaseProxy(url: string): Promise<DatabaseProxy> {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return new LoopbackProxy(new URL(url), server);
}
