export interface Weight {
  readonly rows: number;
  readonly bytes: number;
}

/** Commands that wait, in the order in which they came. */
export class WaitingCommands<Each extends { readonly weight: Weight }> {
  #waiting: Each[] = [];
  bytes = 0;

  get length(): number {
    return this.#waiting.length;
  }

  push(one: Each): void {
    this.#waiting.push(one);
    this.bytes += one.weight.bytes;
  }

  /** The first one always, and as many more as fit. */
  take(limit: Weight): Weight & { readonly taken: readonly Each[] } {
    let rows = 0;
    let bytes = 0;
    let count = 0;
    for (const { weight } of this.#waiting) {
      if (count > 0 && (rows + weight.rows > limit.rows || bytes + weight.bytes > limit.bytes)) break;
      rows += weight.rows;
      bytes += weight.bytes;
      count += 1;
    }
    this.bytes -= bytes;
    return { rows, bytes, taken: this.#waiting.splice(0, count) };
  }

  takeAll(): readonly Each[] {
    return this.take({ rows: Infinity, bytes: Infinity }).taken;
  }
}
