import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { clusterFiles } from './cluster.ts';

const tailBytes = 16 * 1024;

/** What a server says to those whom it sends away, and to those whose session it ends. */
const ordinary = /the database system is|terminating|canceling/;

/**
 * Watches what the server of this data directory writes to its log from now on. Gives a function that tells the last
 * complaint for which a part of it ended, and `undefined` while there is none.
 */
export function watchComplaints(dataDir: string): () => string | undefined {
  const { log } = clusterFiles(dataDir);
  const sizeNow = () => statSync(log, { throwIfNoEntry: false })?.size ?? 0;
  const begin = sizeNow();
  return () => {
    const end = sizeNow();
    // It was cut meanwhile, as a start does with a long one.
    const since = end < begin ? 0 : begin;
    const lines = readPart(log, Math.max(since, end - tailBytes), end).split('\n');
    const complaints = lines.map((line) => /\b(?:PANIC|FATAL): +(.+)/.exec(line)?.[1]);
    return complaints.findLast((text) => text !== undefined && !ordinary.test(text));
  };
}

function readPart(file: string, from: number, to: number): string {
  if (to <= from) return '';
  const part = Buffer.alloc(to - from);
  const descriptor = openSync(file, 'r');
  try {
    return part.toString('utf8', 0, readSync(descriptor, part, 0, part.length, from));
  } finally {
    closeSync(descriptor);
  }
}
