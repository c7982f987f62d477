/** The only source of chance. Injected, so that jitter can be repeated. */
export interface Random {
  /** A number in [0, 1). */
  next(): number;
}

export const systemRandom: Random = { next: () => Math.random() };
