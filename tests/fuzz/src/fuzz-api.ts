import { createAnswerCheck, type Described as DescribedAnswers } from '@taskflow/tests-e2e';
import fc from 'fast-check';
import { KnownIds } from './known-ids.ts';
import { type Described, type FuzzRequest, requestsOf } from './requests.ts';
import { createSender, type Received } from './send.ts';
import { Slowest, type TimedRequest } from './slowest.ts';

export interface Finding {
  readonly wrong: string;
  /** The smallest request that shows it. */
  readonly request: FuzzRequest;
}

export interface FuzzReport {
  readonly sent: number;
  /** Answers that ask to come again later. */
  readonly later: number;
  /** Answers by their route and status. */
  readonly statuses: ReadonlyMap<string, number>;
  /** Answers that took longer than `slowMs`. */
  readonly slow: number;
  /** Those that took longest, of all that do not wait for something. */
  readonly slowest: readonly TimedRequest[];
  readonly findings: readonly Finding[];
}

export interface FuzzOptions {
  readonly url: string;
  readonly seed: number;
  readonly requests: number;
}

export const slowMs = 1_000;
/** Requests that are on their way at once, at most. */
const burst = 7;
/** Ways of going wrong that are made small; after these the run ends. */
const maxFindings = 20;
/** Requests that it may take to make a finding small. */
const maxShrinks = 400;

/** Sends seeded requests of every kind and holds each answer against the description that the server gives of itself. */
export async function fuzzApi({ url, seed, requests }: FuzzOptions): Promise<FuzzReport> {
  const document = (await (await fetch(`${url}/openapi.json`)).json()) as Described & DescribedAnswers;
  const check = createAnswerCheck(document);
  const { send, close } = createSender(url);
  const known = new KnownIds();
  const statuses = new Map<string, number>();
  const slowest = new Slowest();
  const findings: Finding[] = [];
  const seen = new Set<string>();
  let sent = 0;
  let later = 0;
  let slow = 0;
  let shrinks: number | undefined;

  async function ask(request: FuzzRequest): Promise<Wrong | undefined> {
    if (shrinks !== undefined && ++shrinks > maxShrinks) return undefined;
    const ready = { ...request, path: known.inPath(request.path), body: request.body && known.inBody(request.body) };
    const number = ++sent;
    let answer: Received;
    try {
      answer = await send(ready);
    } catch (error) {
      return { kind: `${request.route} no answer`, wrong: `no answer: ${String(error)}`, request: ready };
    }
    const { status, ms, text } = answer;
    const place = `${request.route} ${status}`;
    statuses.set(place, (statuses.get(place) ?? 0) + 1);
    if (!waits(request)) {
      if (ms > slowMs) slow += 1;
      slowest.add({ number, ms, status, request: ready });
    }
    if (status === 503 && !isHealth(request)) {
      later += 1;
      if (answer.retryAfter === undefined) return { kind: place, wrong: '503 without Retry-After', request: ready };
    }
    if (status < 300) known.learn(request.path, text);
    const wrong = check({ ...answer, method: request.method, path: pathOf(ready.path) });
    return wrong === undefined
      ? undefined
      : { kind: place, wrong: `${status} ${wrong}: ${text.slice(0, 500)}`, request: ready };
  }

  const bursts = fc.array(requestsOf(document), { minLength: 1, maxLength: burst });
  const property = fc.asyncProperty(bursts, async (all) => {
    const found = (await Promise.all(all.map(ask))).find((wrong) => wrong !== undefined && !seen.has(wrong.kind));
    if (!found) return;
    shrinks ??= 0;
    throw new Mismatch(found);
  });

  for (let round = 0; sent < requests && findings.length < maxFindings; round += 1) {
    const numRuns = Math.ceil((requests - sent) / ((1 + burst) / 2));
    const { failed, errorInstance } = await fc.check(property, { seed: seed * 1_000 + round, numRuns });
    shrinks = undefined;
    if (!failed) continue;
    if (!(errorInstance instanceof Mismatch)) throw errorInstance;
    seen.add(errorInstance.found.kind);
    findings.push(errorInstance.found);
  }
  close();
  return { sent, later, statuses, slow, slowest: slowest.all(), findings };
}

interface Wrong extends Finding {
  /** What goes wrong in the same way is told of once. */
  readonly kind: string;
}

class Mismatch extends Error {
  readonly found: Wrong;
  constructor(found: Wrong) {
    super(found.wrong);
    this.found = found;
  }
}

/** A claim waits for work. */
function waits({ path }: FuzzRequest): boolean {
  return path.startsWith('/api/v1/worker/claim');
}

function isHealth({ path }: FuzzRequest): boolean {
  return path.startsWith('/health') || path.startsWith('/readyz');
}

/** As the router reads it; what it cannot read is nothing that is described. */
function pathOf(path: string): string {
  return path.split('?', 1)[0] ?? '';
}
