import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

/** What steps did and undid, in the order in which it was booked. */
export interface Ledger {
  readonly url: string;
  entries(book: string): readonly LedgerEntry[];
  close(): Promise<void>;
}

export interface LedgerEntry {
  readonly kind: 'do' | 'undo';
  readonly step: string;
}

/**
 * The world outside of the platform: every step books what it does before its worker reports, so that what was done is
 * known whatever becomes of worker and platform. Booking again what stands last for a step changes nothing.
 */
export async function openLedger(): Promise<Ledger> {
  const books = new Map<string, LedgerEntry[]>();
  const server = createServer((request, response) => {
    const [, kind, book = '', step = ''] = (request.url ?? '').split('/');
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
    entries: (book) => books.get(book) ?? [],
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
