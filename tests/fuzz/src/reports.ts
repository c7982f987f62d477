import fc from 'fast-check';
import { placeholder } from './known-ids.ts';

/** Items of a worker's report: a lease and its task belong together. */
export function reports(more: fc.Arbitrary<object>): fc.Arbitrary<object[]> {
  const item = fc
    .tuple(fc.nat(0xffff), more)
    .map(([n, rest]) => ({ lease: placeholder(n), taskId: placeholder(n), ...rest }));
  return fc.array(item, { minLength: 1, maxLength: 3 });
}

const details = { code: fc.constantFrom('broken', 'x'), message: fc.string(), details: fc.jsonValue() };

export const results: fc.Arbitrary<object> = fc.record(
  { result: fc.jsonValue({ maxDepth: 2 }), skipped: fc.boolean() },
  { requiredKeys: [], noNullPrototype: true },
);

export const failures: fc.Arbitrary<object> = fc.record(
  {
    error: fc.record(details, { noNullPrototype: true }),
    class: fc.constantFrom('terminal', 'retryable', 'released'),
    retryAfterMs: fc.constantFrom(0, 10),
  },
  { requiredKeys: ['error', 'class'], noNullPrototype: true },
);
