import { once } from 'node:events';
import { serverFrame } from '@taskflow/contracts-worker-protocol';
import { WebSocket } from 'ws';
import type { Conversation, Move } from './conversations.ts';
import type { KnownIds } from './known-ids.ts';

export interface Talked {
  /** `undefined` when all was well. */
  readonly wrong: string | undefined;
  readonly sent: number;
  /** Close codes, codes of error frames and kinds of the others. */
  readonly answers: readonly string[];
}

const answerWithinMs = 30_000;
/** No frame that is sent otherwise has it. */
const probe = 987_654_321;
/** How a server may end a connection; 1011 would say that something broke in it. */
const closeCodes = new Set([1000, 1001, 1002, 1005, 1006, 1007, 1008, 1009, 1012, 1013, 4001, 4002]);

/**
 * Says what the conversation says, then asks for one more heartbeat: the connection has to answer it, or to have been
 * ended with a reason.
 */
export async function talk(url: string, { subprotocol, moves, end }: Conversation, known: KnownIds): Promise<Talked> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/api/v1/worker`, subprotocol === '' ? [] : [subprotocol]);
  const heard = new Heard(known);
  socket.on('message', (data) => heard.frame(String(data)));
  const closed = new Promise<void>((resolve) => {
    socket.on('close', (code) => {
      heard.close(code);
      resolve();
    });
  });
  socket.on('error', () => {});
  await Promise.race([once(socket, 'open').catch(() => undefined), closed]);
  let sent = 0;
  for (const move of moves) {
    sent += print(socket, move, known);
    if ('awaited' in move) await Promise.race([heard.anything, closed, later()]);
  }
  if (socket.readyState === WebSocket.OPEN) {
    socket.send(`{"kind":"heartbeat","ref":${probe},"holds":[],"received":0}`);
    const refs = moves.flatMap((move) => ('ref' in move && move.ref !== undefined ? [move.ref] : []));
    await Promise.race([heard.all([...refs, probe]), closed, later()]);
    if (!heard.closed && moves.some(isNoJson)) heard.wrong ??= 'what is no JSON is taken without a word';
    if (!heard.closed && !heard.has(probe)) heard.wrong ??= 'neither answered nor closed';
    else if (!heard.closed && !refs.every((ref) => heard.has(ref))) heard.wrong ??= 'a report is not answered';
  }
  heard.left = true;
  leave(socket, end);
  await Promise.race([closed, later()]);
  if (!heard.closed) heard.wrong ??= 'does not close';
  socket.terminate();
  return { wrong: heard.wrong, sent, answers: heard.answers };
}

function print(socket: WebSocket, move: Move, known: KnownIds): number {
  if (socket.readyState !== WebSocket.OPEN) return 0;
  if ('ping' in move) socket.ping(move.ping);
  else if ('bytes' in move) socket.send(move.bytes);
  else for (let i = 0; i < move.times; i += 1) socket.send(known.inBody(move.send));
  return 'times' in move ? move.times : 1;
}

function leave(socket: WebSocket, end: Conversation['end']): void {
  if (end === 'cut') socket.terminate();
  else if (socket.readyState === WebSocket.OPEN) socket.close(end === 'goodbye' ? 1000 : 4999);
}

function later(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  setTimeout(resolve, answerWithinMs).unref();
  return promise;
}

/** What the server said on one connection. */
class Heard {
  wrong: string | undefined;
  closed = false;
  /** From here on a close is our own. */
  left = false;
  readonly anything: Promise<void>;
  readonly answers: string[] = [];
  readonly #known: KnownIds;
  readonly #refs = new Set<number>();
  #wanted: readonly number[] = [];
  #satisfied = () => {};
  readonly #first: () => void;

  constructor(known: KnownIds) {
    this.#known = known;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.anything = promise;
    this.#first = resolve;
  }

  frame(text: string): void {
    this.#first();
    const parsed = serverFrame.safeParse(jsonOf(text));
    if (!parsed.success) {
      this.wrong ??= `a frame that the protocol does not have: ${text.slice(0, 300)}`;
      return;
    }
    const frame = parsed.data;
    this.answers.push(frame.kind === 'error' ? `error ${frame.code}` : frame.kind);
    if (frame.kind === 'deliver' || frame.kind === 'registered') this.#known.learn('', text);
    if ('ref' in frame && frame.ref !== undefined) this.#refs.add(frame.ref);
    if (this.#wanted.every((ref) => this.#refs.has(ref))) this.#satisfied();
  }

  close(code: number): void {
    this.closed = true;
    this.answers.push(`close ${code}`);
    if (!this.left && !closeCodes.has(code)) this.wrong ??= `closed with ${code}`;
  }

  has(ref: number): boolean {
    return this.#refs.has(ref);
  }

  all(refs: readonly number[]): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wanted = refs;
    this.#satisfied = resolve;
    if (refs.every((ref) => this.#refs.has(ref))) resolve();
    return promise;
  }
}

function isNoJson(move: Move): boolean {
  return 'bytes' in move || ('send' in move && jsonOf(move.send) === undefined);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
