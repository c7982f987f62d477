import type { ServiceName, Store } from '../database/simulation-server.ts';
import type { WorkerLedger } from '../workers/worker-ledger.ts';
import { AuditReader, type Change } from './audit-reader.ts';
import { BoundsCheck } from './bounds-check.ts';
import type { Bounds } from '../engine/tight-bounds.ts';
import { ClaimCheck } from './claim-check.ts';
import { EventCheck } from './event-check.ts';
import { ExecutionCheck } from './execution-check.ts';
import { PositionCheck } from './position-check.ts';
import { TaskCheck } from './task-check.ts';

interface Checks {
  readonly tasks: TaskCheck;
  readonly executions: ExecutionCheck;
  readonly positions: PositionCheck;
  readonly events: EventCheck;
  readonly claims: ClaimCheck;
  readonly bounds?: BoundsCheck;
  readonly readers: readonly AuditReader[];
}

/** Looks at both databases all the time, and remembers what was not as it has to be. */
export class Watch {
  readonly violations: string[] = [];
  readonly #begin: () => Checks;
  #checks: Checks;

  readonly #onlooks: boolean;

  /** `bounds`: those that hold in this run, if they are narrow; `onlooks`: streams have a second consumer. */
  constructor(
    stores: Readonly<Record<ServiceName, Store>>,
    ledger: WorkerLedger,
    leaseMs: number,
    bounds: Bounds | undefined,
    onlooks: boolean,
  ) {
    this.#onlooks = onlooks;
    const violate = (text: string) => {
      if (!this.violations.includes(text)) this.violations.push(text);
    };
    this.#begin = () => ({
      tasks: new TaskCheck(violate),
      executions: new ExecutionCheck(ledger, leaseMs, violate),
      positions: new PositionCheck(violate),
      events: new EventCheck(),
      claims: new ClaimCheck(),
      ...(bounds && { bounds: new BoundsCheck(bounds, violate) }),
      readers: Object.values(stores).map((store) => new AuditReader(store)),
    });
    this.#checks = this.#begin();
  }

  get tasks(): TaskCheck {
    return this.#checks.tasks;
  }

  get executions(): ExecutionCheck {
    return this.#checks.executions;
  }

  get positions(): PositionCheck {
    return this.#checks.positions;
  }

  get events(): EventCheck {
    return this.#checks.events;
  }

  get claims(): ClaimCheck {
    return this.#checks.claims;
  }

  /** A crash took back what had been seen: all that is left is looked at anew, from the beginning. */
  forget(): void {
    this.#checks = this.#begin();
  }

  async look(isQuiet: boolean): Promise<void> {
    for (const reader of this.#checks.readers) {
      const changes = await reader.read(isQuiet);
      for (const change of changes) {
        this.tasks.see(change);
        this.positions.see(change);
        this.claims.see(change);
      }
      const { bounds } = this.#checks;
      for (const own of Map.groupBy(changes, ({ transaction }) => transaction).values()) {
        bounds?.see(own);
        this.events.see(own);
      }
      // What one transaction did happened at one moment, whatever lies between in the numbering.
      const own = changes.filter(({ service }) => service === 'task-execution');
      for (const transaction of inOrderOfTheirEnds(own)) this.executions.see(transaction);
    }
    this.positions.judgeReported();
    this.positions.judgeDropped(this.#onlooks);
  }
}

/** Of two transactions on one row the later one changed it after the earlier one had ended. */
function inOrderOfTheirEnds(changes: readonly Change[]): Change[][] {
  const groups = [...Map.groupBy(changes, ({ transaction }) => transaction).values()];
  return groups.sort((a, b) => (a.at(-1)?.n ?? 0) - (b.at(-1)?.n ?? 0));
}
