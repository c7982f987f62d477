import type { FailureReport } from '@taskflow/contracts-worker-protocol';

/** The end of one attempt, written once and kept until the server says that it is settled. */
interface Report {
  readonly lease: string;
  readonly taskId: string;
  readonly kind: 'complete' | 'fail';
  readonly json: string;
}

/** Bounds of one frame: the protocol's count, and a size that keeps a frame from holding up what comes behind it. */
const frameItems = 1_000;
const frameLength = 1_000_000;

/**
 * What is reported and not yet acknowledged. A report is sent when the turn ends, sent again on every new connection,
 * and forgotten only when the server has settled it or has said that the lease is lost.
 */
export class Reports {
  readonly #unsettled = new Map<string, Report>();
  readonly #sent = new Map<number, readonly Report[]>();
  #waiting: Report[] = [];
  /** Reports of a refused frame: to be sent in frames of one. */
  #alone: Report[] = [];
  readonly #nextRef: () => number;

  constructor(nextRef: () => number) {
    this.#nextRef = nextRef;
  }

  get unsettled(): number {
    return this.#unsettled.size;
  }

  leases(): Iterable<string> {
    return this.#unsettled.keys();
  }

  has(lease: string): boolean {
    return this.#unsettled.has(lease);
  }

  /** `result` is JSON text, absent for no result. */
  complete(lease: string, taskId: string, result: string | undefined): void {
    const tail = result === undefined ? '' : `,"result":${result}`;
    this.#add({ lease, taskId, kind: 'complete', json: `{"lease":"${lease}","taskId":"${taskId}"${tail}}` });
  }

  /** The condition of the step does not hold. */
  skip(lease: string, taskId: string): void {
    this.#add({ lease, taskId, kind: 'complete', json: `{"lease":"${lease}","taskId":"${taskId}","skipped":true}` });
  }

  fail(report: FailureReport): void {
    this.#add({ lease: report.lease, taskId: report.taskId, kind: 'fail', json: JSON.stringify(report) });
  }

  /** The frames of everything that waits, in few pieces. */
  *frames(): Iterable<string> {
    const waiting = this.#waiting;
    const alone = this.#alone;
    this.#waiting = [];
    this.#alone = [];
    for (const report of alone) if (this.#current(report)) yield this.#frame(report.kind, [report]);
    for (const kind of ['complete', 'fail'] as const) {
      let items: Report[] = [];
      let length = 0;
      for (const report of waiting) {
        if (report.kind !== kind || !this.#current(report)) continue;
        if (items.length === frameItems || (items.length > 0 && length + report.json.length > frameLength)) {
          yield this.#frame(kind, items);
          items = [];
          length = 0;
        }
        items.push(report);
        length += report.json.length;
      }
      if (items.length > 0) yield this.#frame(kind, items);
    }
  }

  settled(ref: number): void {
    for (const report of this.#sent.get(ref) ?? []) this.#forget(report);
    this.#sent.delete(ref);
  }

  /**
   * The server refused a whole frame. One bad report must not hold back its neighbours: they are sent again one by
   * one, and the one that is refused alone is reported as a failure that says so, or given up.
   */
  refused(ref: number, code: string, message: string): void {
    const items = this.#sent.get(ref) ?? [];
    this.#sent.delete(ref);
    const [only] = items;
    if (items.length > 1) this.#alone.push(...items);
    else if (only?.kind === 'complete') {
      const error = { code: 'result_refused', message: `the server refused the result: ${code}: ${message}` };
      this.fail({ lease: only.lease, taskId: only.taskId, error, class: 'terminal' });
    } else if (only !== undefined) this.#forget(only);
  }

  lost(leases: Iterable<string>): void {
    for (const lease of leases) this.#unsettled.delete(lease);
  }

  /** Everything unacknowledged waits again: what the last connection carried may not have arrived. */
  reconnected(): void {
    this.#sent.clear();
    this.#alone = [];
    this.#waiting = [...this.#unsettled.values()];
  }

  #add(report: Report): void {
    this.#unsettled.set(report.lease, report);
    this.#waiting.push(report);
  }

  /** Still to be reported: neither settled, nor lost, nor replaced by another report of the same lease. */
  #current(report: Report): boolean {
    return this.#unsettled.get(report.lease) === report;
  }

  #forget(report: Report): void {
    if (this.#current(report)) this.#unsettled.delete(report.lease);
  }

  #frame(kind: Report['kind'], items: readonly Report[]): string {
    const ref = this.#nextRef();
    this.#sent.set(ref, items);
    return `{"kind":"${kind}","ref":${ref},"items":[${items.map((report) => report.json).join(',')}]}`;
  }
}
