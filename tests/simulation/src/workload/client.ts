import type { Counters } from '../counters.ts';
import type { Engine } from '../engine/engine.ts';
import type { Answer } from '../engine/route-table.ts';
import type { Chance } from '../kernel/chance.ts';
import type { Kernel, Owner } from '../kernel/kernel.ts';
import type { Command, Intent } from './intent.ts';

export interface ClientOptions {
  readonly kernel: Kernel;
  readonly chance: Chance;
  readonly counters: Counters;
  readonly engine: () => Engine | undefined;
  /** Virtual milliseconds that it waits for an answer. */
  readonly patienceMs: number;
  /** A planted bug: a repeated call has another key. */
  readonly forgetsItsKey: boolean;
}

const pauseMs = 120;

/** Calls the API as a careful client does: what has no answer is asked again under the same key, until there is one. */
export class Client {
  readonly #options: ClientOptions;
  readonly #owner: Owner = { name: 'client', dead: false, frozenUntil: 0 };
  readonly intents: Intent[] = [];
  readonly commands: Command[] = [];
  /** Answers that no fault excuses. */
  readonly dishonest: string[] = [];
  #open = 0;

  constructor(options: ClientOptions) {
    this.#options = options;
  }

  /** Calls that have not ended. */
  get open(): number {
    return this.#open;
  }

  make(
    wanted: Omit<Intent, 'number' | 'state' | 'ids' | 'body'>,
    body: (tag: string) => Record<string, unknown>,
  ): void {
    const number = this.intents.length + 1;
    const intent: Intent = { ...wanted, number, body: body(`i${number}`), state: 'open', ids: [] };
    this.intents.push(intent);
    void this.#pursue(intent);
  }

  /** Sends an accepted intent again: the answer has to name what the first one made. */
  async repeat(intent: Intent): Promise<void> {
    const answer = await this.#call('POST', intent.path, intent.body, keyHeader(intent.key));
    if (answer?.status === 201) this.dishonest.push(`intent ${intent.number} was made again under its key`);
    if (answer?.status !== 200) return;
    this.#options.counters.hit('key answered again');
    const ids = idsOf(answer.body);
    if (ids.join() !== intent.ids.join()) this.dishonest.push(`intent ${intent.number} was answered with other ids`);
  }

  command(kind: Command['kind'], id: string, body: Record<string, unknown> = {}): void {
    const command: Command = { kind, id, at: this.#options.kernel.now, status: undefined };
    this.commands.push(command);
    const [method, path] = routeOf(kind, id);
    void this.#call(method, path, body).then((answer) => {
      command.status = answer?.status;
      if (answer) this.#options.counters.hit(`${kind} answered ${answer.status}`);
    });
  }

  /** What operators ask for. */
  operate(path: string, body: Record<string, unknown>, method = 'POST'): void {
    void this.#call(method, path, body);
  }

  async #pursue(intent: Intent): Promise<void> {
    const { counters, chance, forgetsItsKey } = this.#options;
    for (let tries = 1; ; tries += 1) {
      const key = forgetsItsKey && tries > 1 ? `${intent.key}-${tries}` : intent.key;
      const answer = await this.#call('POST', intent.path, intent.body, keyHeader(key));
      if (answer?.status === 201 || answer?.status === 200) {
        intent.state = 'accepted';
        intent.ids = idsOf(answer.body);
        if (tries > 1) counters.hit('creation repeated');
        if (answer.status === 200) counters.hit('creation found by its key');
        if (intent.key !== undefined && !forgetsItsKey && chance.happens(0.2)) await this.repeat(intent);
        return;
      }
      const nothingDone = answer?.body.outcome === 'nothing-done';
      if (intent.key === undefined && !nothingDone) {
        intent.state = 'unknown';
        return;
      }
      await this.#pause(pauseMs + chance.between(0, 200));
    }
  }

  /** `undefined` when no answer came in time. */
  async #call(
    method: string,
    path: string,
    body: Record<string, unknown>,
    headers: Record<string, string> = {},
  ): Promise<Answer | undefined> {
    const { kernel, chance, engine, patienceMs } = this.#options;
    this.#open += 1;
    const answer = await new Promise<Answer | undefined>((resolve) => {
      kernel.after(patienceMs, this.#owner, '', () => resolve(undefined));
      const present = engine();
      if (!present?.isReady) return void kernel.after(5, this.#owner, '', () => resolve(undefined));
      kernel.after(chance.span(2), present.owner, `client ${method} ${path}`, () => {
        void present.call(method, path, body, headers).then((answer) => {
          kernel.after(chance.span(2), this.#owner, `${path} answered ${answer.status} ${answer.code ?? ''}`, () =>
            resolve(answer),
          );
        });
      });
    });
    this.#open -= 1;
    if (answer && answer.status >= 500 && answer.status !== 503) {
      this.dishonest.push(`${method} ${path} was answered ${answer.status} ${answer.code ?? ''}`);
    }
    return answer;
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.#options.kernel.after(ms, this.#owner, '', resolve);
    });
  }
}

function routeOf(kind: Command['kind'], id: string): readonly ['POST' | 'PATCH', string] {
  if (kind === 'priority') return ['PATCH', `/api/v1/tasks/${id}`];
  const [verb, ofWorkflow] = kind.split('-');
  return ['POST', `/api/v1/${ofWorkflow === undefined ? 'tasks' : 'workflows'}/${id}/${verb}`];
}

const keyHeader = (key: string | undefined): Record<string, string> =>
  key === undefined ? {} : { 'idempotency-key': key };

function idsOf(body: Record<string, unknown>): string[] {
  if (Array.isArray(body.tasks)) return (body.tasks as { id: string }[]).map(({ id }) => id);
  return [String(body.id)];
}
