import type { ServerRuns } from '@taskflow/kit-postgres';
import type { Chance } from '../kernel/chance.ts';
import type { Kernel, Owner } from '../kernel/kernel.ts';

/** Mean virtual milliseconds until a pool that nobody uses has noticed that its server is back. */
const noticesAfterMs = 300;

/** The server below both databases, as engines see it: now and then it crashes, is away, and comes back as another run. */
export class DatabaseServer {
  isUp = true;
  run = 1;
  /** Commits that the next crash takes back. */
  notDurable = 0;
  readonly #kernel: Kernel;
  readonly #reported = new Map<ServerRuns, { readonly owner: Owner; readonly chance: Chance }>();

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  /** These pools notice by themselves when the server is another one, soon or late. */
  watchedBy(runs: ServerRuns, owner: Owner, chance: Chance): void {
    this.#reported.set(runs, { owner, chance });
    runs.observe(String(this.run));
  }

  /** A session of the present run is about to be lent. */
  lend(runs: ServerRuns): void {
    runs.observe(String(this.run));
  }

  goDown(): void {
    this.isUp = false;
    this.run += 1;
  }

  comeBack(): void {
    this.isUp = true;
    for (const [runs, { owner, chance }] of this.#reported) {
      if (owner.dead) this.#reported.delete(runs);
      else
        this.#kernel.after(chance.span(noticesAfterMs), owner, `${owner.name} notices the server`, () =>
          this.#notice(runs),
        );
    }
  }

  #notice(runs: ServerRuns): void {
    if (this.isUp) this.lend(runs);
  }
}
