import fc from 'fast-check';
import { byteStreams, writeBytes } from './byte-streams.ts';
import { type Conversation, conversations } from './conversations.ts';
import { KnownIds } from './known-ids.ts';
import { talk } from './talk.ts';

export interface WorkersReport {
  readonly connections: number;
  readonly frames: number;
  readonly streams: number;
  /** How the server answered and closed, with how often. */
  readonly answers: ReadonlyMap<string, number>;
  readonly findings: readonly { readonly wrong: string; readonly message: string }[];
}

export interface WorkersOptions {
  readonly url: string;
  readonly seed: number;
  readonly connections: number;
  /** Called now and then, while connections are open. */
  readonly meanwhile: () => Promise<void>;
}

/** Connections at once, at most. */
const atOnce = 4;
const maxFindings = 10;
/** Connections that it may take to make a finding small. */
const maxShrinks = 100;

/** Workers that say anything, and streams of bytes that are no worker at all. */
export async function fuzzWorkers(options: WorkersOptions): Promise<WorkersReport> {
  const { url, seed, meanwhile } = options;
  const known = new KnownIds();
  const answers = new Map<string, number>();
  const findings: { wrong: string; message: string }[] = [];
  const seen = new Set<string>();
  let begun = 0;
  let frames = 0;
  let streams = 0;
  let shrinks: number | undefined;

  async function ask(what: Conversation | readonly Buffer[]): Promise<void> {
    if (shrinks !== undefined && ++shrinks > maxShrinks) return;
    begun += 1;
    let wrong: string | undefined;
    if ('moves' in what) {
      const talked = await talk(url, what, known);
      frames += talked.sent;
      for (const answer of talked.answers) answers.set(answer, (answers.get(answer) ?? 0) + 1);
      ({ wrong } = talked);
    } else {
      streams += 1;
      wrong = await writeBytes(url, what);
    }
    if (wrong === undefined || seen.has(wrong.slice(0, 40))) return;
    shrinks ??= 0;
    throw new Misbehaviour(wrong);
  }

  const one = fc.oneof({ weight: 3, arbitrary: conversations }, byteStreams);
  const property = fc.asyncProperty(fc.array(one, { minLength: 1, maxLength: atOnce }), async (all) => {
    await Promise.all([...all.map(ask), begun % 40 < all.length ? meanwhile() : undefined]);
  });
  for (let round = 0; begun < options.connections && findings.length < maxFindings; round += 1) {
    const numRuns = Math.ceil((options.connections - begun) / ((1 + atOnce) / 2));
    const result = await fc.check(property, { seed: seed * 1_000 + round, numRuns });
    shrinks = undefined;
    if (!result.failed) continue;
    const { errorInstance: error, counterexample } = result;
    if (!(error instanceof Misbehaviour)) throw error;
    seen.add(error.message.slice(0, 40));
    findings.push({ wrong: error.message, message: fc.stringify(counterexample).slice(0, 2_000) });
  }
  return { connections: begun, frames, streams, answers, findings };
}

class Misbehaviour extends Error {}

export function workersText(seed: number, report: WorkersReport): string {
  const counts = [...report.answers]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([answer, count]) => `${answer}: ${count}`);
  return [
    `seed ${seed}: ${report.connections} connections, ${report.frames} frames, ${report.streams} streams of bytes`,
    `  ${counts.join(', ')}`,
    ...report.findings.map(({ wrong, message }) => `FOUND with seed ${seed}: ${wrong}\n  ${message}`),
  ].join('\n');
}
