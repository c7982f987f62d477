import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

/** What steps did and undid, in the order in which it was booked. */
export interface Ledger {
  readonly url: string;
  entries(book: string): readonly LedgerEntry[];
  /** Every run of a handler that came as far as to book, in that order. */
  readonly runs: readonly HandlerRun[];
  close(): Promise<void>;
}

export interface LedgerEntry {
  readonly kind: 'do' | 'undo';
  readonly step: string;
}

export interface HandlerRun {
  readonly task: string;
  readonly attempt: number;
}

/**
 * The world outside of the platform: every step books what it does before its worker reports, so that what was done is
 * known whatever becomes of worker and platform. Booking again what stands last for a step changes nothing.
 */
export async function openLedger(): Promise<Ledger> {
  const books = new Map<string, LedgerEntry[]>();
  const runs: HandlerRun[] = [];
  const server = createServer((request, response) => {
    const [, kind, book = '', step = '', task = '', attempt = ''] = (request.url ?? '').split('/');
    runs.push({ task, attempt: Number(attempt) });
    const entries = books.get(book) ?? [];
    books.set(book, entries);
    const last = entries.findLast((entry) => entry.step === step)?.kind;
    // Undoing what was never done is allowed, and leaves no trace.
    const isNews = kind === 'do' ? last !== 'do' : last === 'do';
    if (isNews) entries.push({ kind: kind as 'do' | 'undo', step });
    response.end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    runs,
    entries: (book) => books.get(book) ?? [],
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
