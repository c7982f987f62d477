import { registerDefinition } from '../api/definitions-registry.ts';
import type { HttpApi } from '../api/http-api.ts';
import type { Log } from '../definitions/context.ts';
import type { AnyWorkflow } from '../definitions/workflow-graph.ts';
import { ConflictError } from '../errors.ts';

export interface AnnouncementOptions {
  readonly api: HttpApi;
  readonly workflows: readonly AnyWorkflow[];
  /** A definition that changed under the same version is refused, instead of replaced with a warning. */
  readonly production: boolean;
  readonly log: Log;
  /** Ends it. */
  readonly signal: AbortSignal;
}

/** Tells the server which workflows a worker holds. */
export class Announcement {
  readonly #options: AnnouncementOptions;
  #latest: Promise<void> = Promise.resolve();

  constructor(options: AnnouncementOptions) {
    this.#options = options;
  }

  /** Tells the server, after any call before; rejects when no further try can do better. */
  make(): Promise<void> {
    this.#latest = this.#after(this.#latest.catch(() => {}));
    return this.#latest;
  }

  /** For a server whose data may be new. `fail` is called where the worker cannot go on with it. */
  async repeat(fail: (error: ConflictError) => void): Promise<void> {
    try {
      await this.make();
    } catch (error) {
      if (this.#options.signal.aborted) return;
      if (error instanceof ConflictError) return fail(error);
      // What it holds it goes on with; whoever starts a workflow registers its definition, too.
      this.#options.log.error('the definitions could not be registered again', { error });
    }
  }

  async #after(before: Promise<void>): Promise<void> {
    await before;
    for (const workflow of this.#options.workflows) if (!this.#options.signal.aborted) await this.#register(workflow);
  }

  async #register(workflow: AnyWorkflow): Promise<void> {
    const { api, production, log, signal } = this.#options;
    try {
      await registerDefinition(api, workflow, { signal });
    } catch (error) {
      if (production || !(error instanceof ConflictError)) throw error;
      log.warn(`${error.message}; outside of production it takes the place of the other one`, { ...error.facts });
      await registerDefinition(api, workflow, { signal, replace: true });
    }
  }
}
