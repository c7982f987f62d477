import { patient } from './faulty-platform.ts';

/** A saga with random steps, of which at most one refuses its work and now and then one refuses to be undone. */
export interface RandomSaga {
  readonly book: string;
  readonly body: object;
  readonly steps: readonly { readonly key: string; readonly dependsOn: readonly string[] }[];
}

/** Numbers of [0, 1), the same for the same seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Each of its steps takes `ms`. */
export function randomSaga(book: string, random: () => number, ms = 0): RandomSaga {
  const count = 3 + Math.floor(random() * 6);
  const refusing = random() < 0.6 ? Math.floor(random() * count) : -1;
  const stubborn = random() < 0.1 ? Math.floor(random() * count) : -1;
  const steps = Array.from({ length: count }, (_, n) => ({
    key: `s${n}`,
    dependsOn: Array.from({ length: n }, (__, d) => `s${d}`).filter(() => random() < 0.4),
  }));
  const body = {
    name: 'chaos-saga',
    steps: steps.map(({ key, dependsOn }, n) => ({
      key,
      type: 'ledger.do',
      dependsOn,
      payload: { book, step: key, ms, ...(n === refusing && { refuse: true }) },
      retry: patient,
      compensation: {
        type: 'ledger.undo',
        payload: { book, step: key, ms, ...(n === stubborn && { refuse: true }) },
        retry: patient,
      },
    })),
  };
  return { book, body, steps };
}
