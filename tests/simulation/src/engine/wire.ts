import { EventEmitter } from 'node:events';
import type { Chance } from '../kernel/chance.ts';
import type { Kernel, Owner } from '../kernel/kernel.ts';

type Passage = { readonly text: string } | { readonly close: number };

const open = 1;
const closing = 2;
const closed = 3;
const brokenLine = 1006;

/** What a worker hears from its connection. */
export interface WireListener {
  received(text: string): void;
  closed(code: number): void;
}

export interface WireOptions {
  readonly kernel: Kernel;
  readonly chance: Chance;
  readonly engine: Owner;
  readonly worker: Owner;
  readonly latencyMs: number;
  readonly listener: WireListener;
}

/**
 * A WebSocket without a network: each way keeps its order and takes its time. The engine's end looks like one of `ws`:
 * after `close` it still hears what the other side had sent before it heard of that.
 */
export class Wire {
  readonly #options: WireOptions;
  readonly #toWorker: Passage[] = [];
  readonly #toEngine: Passage[] = [];
  readonly engineEnd: EngineEnd;
  #workerHasClosed = false;

  constructor(options: WireOptions) {
    this.#options = options;
    this.engineEnd = new EngineEnd((passage) => this.#passToWorker(passage));
  }

  send(frame: unknown): void {
    this.#passToEngine({ text: JSON.stringify(frame) });
  }

  /** The worker says goodbye. */
  close(code: number): void {
    if (this.#workerHasClosed) return;
    this.#passToEngine({ close: code });
    this.#workerHasClosed = true;
  }

  /** The line breaks; both ends learn of it in their own time. What is on the way is lost. */
  cut(): void {
    this.#toWorker.length = 0;
    this.#toEngine.length = 0;
    this.#toWorker.push({ close: brokenLine });
    this.#toEngine.push({ close: brokenLine });
    const { kernel, chance, engine, worker } = this.#options;
    kernel.after(chance.span(20), worker, '', () => this.#arriveAtWorker());
    kernel.after(chance.span(200), engine, '', () => this.#arriveAtEngine());
  }

  #passToWorker(passage: Passage): void {
    this.#toWorker.push(passage);
    const { kernel, chance, worker, latencyMs } = this.#options;
    kernel.after(chance.span(latencyMs), worker, '', () => this.#arriveAtWorker());
  }

  #passToEngine(passage: Passage): void {
    if (this.#workerHasClosed) return;
    this.#toEngine.push(passage);
    const { kernel, chance, engine, latencyMs } = this.#options;
    kernel.after(chance.span(latencyMs), engine, '', () => this.#arriveAtEngine());
  }

  #arriveAtWorker(): void {
    const passage = this.#toWorker.shift();
    if (passage === undefined || this.#workerHasClosed) return;
    const { listener, kernel, worker } = this.#options;
    kernel.note(`${worker.name} hears ${'text' in passage ? kindOf(passage.text) : `close ${passage.close}`}`);
    if ('text' in passage) return listener.received(passage.text);
    if (passage.close !== brokenLine) this.#passToEngine(passage);
    this.#workerHasClosed = true;
    listener.closed(passage.close);
  }

  #arriveAtEngine(): void {
    const passage = this.#toEngine.shift();
    if (passage === undefined) return;
    const { kernel, worker } = this.#options;
    kernel.note(
      `engine hears ${'text' in passage ? kindOf(passage.text) : `close ${passage.close}`} of ${worker.name}`,
    );
    if ('text' in passage) this.engineEnd.hear(passage.text);
    else this.engineEnd.end(passage.close);
  }
}

/** What the engine takes for a socket. */
class EngineEnd extends EventEmitter {
  readonly OPEN = open;
  readonly bufferedAmount = 0;
  readyState = open;
  readonly #pass: (passage: Passage) => void;

  constructor(pass: (passage: Passage) => void) {
    super();
    this.#pass = pass;
  }

  send(text: string, sent?: () => void): void {
    if (this.readyState !== open) return;
    this.#pass({ text });
    if (sent) queueMicrotask(sent);
  }

  close(code = 1000): void {
    if (this.readyState !== open) return;
    this.readyState = closing;
    this.#pass({ close: code });
  }

  pause(): void {
    // What it does not read would lie in the network.
  }

  resume(): void {
    // As above.
  }

  hear(text: string): void {
    if (this.readyState !== closed) this.emit('message', Buffer.from(text));
  }

  end(code: number): void {
    if (this.readyState === closed) return;
    this.readyState = closed;
    this.emit('close', code);
  }
}

function kindOf(text: string): string {
  const frame = JSON.parse(text) as { kind: string };
  return frame.kind;
}
