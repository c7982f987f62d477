import fc from 'fast-check';

const payloads = (dependencies: readonly string[]) =>
  fc.oneof(
    fc.jsonValue({ maxDepth: 1 }).filter((value) => !Object.is(value, -0)),
    fc.constant({ $from: 'input' }),
    ...dependencies.map((key) => fc.constant({ seen: { $from: `steps.${key}.result`, default: null } })),
  );

const conditions = (dependencies: readonly string[]) =>
  fc.oneof(
    fc.constant({ $from: 'input' }),
    fc.constant({ value: { $from: 'input.n' }, atLeast: 3 }),
    ...dependencies.map((key) => fc.constant({ not: { value: { $from: `steps.${key}.result` }, exists: true } })),
  );

const tasks = fc.oneof(
  { weight: 3, arbitrary: fc.constant({ type: 'taskflow.noop' }) },
  fc.constant({
    type: 'taskflow.fail',
    payload: { message: 'as asked', times: 1 },
    retry: { maxAttempts: 2, initial: 1 },
  }),
  fc.constant({ type: 'taskflow.fail', payload: { message: 'as asked' }, retry: { maxAttempts: 1 } }),
  fc.constant({ type: 'taskflow.sleep', payload: { ms: 5 } }),
  fc.constant({ type: 'fuzz.work' }),
);
const waits = fc.oneof(
  fc.constantFrom<object>({ sleep: { for: '5ms' } }, { sleep: { until: '2020-01-01T00:00:00Z' } }),
  fc.constantFrom<object>(
    { waitForSignal: { signal: 'go', timeout: '100ms' } },
    { waitForSignal: { signal: 'go', timeout: '1h' } },
    { waitForSignal: { signal: 'go', timeout: '2h' } },
    { waitForEvent: { event: 'happened', key: 7, timeout: '100ms' } },
    { waitForEvent: { event: 'happened', key: { $from: 'input.n' }, timeout: '100ms' } },
  ),
);
const fanOuts = fc
  .tuple(fc.constantFrom<unknown>([], [1], [1, 2, 3], { $from: 'input.list' }), fc.integer({ min: 1, max: 3 }))
  .map(([over, concurrency]) => ({ type: 'taskflow.noop', payload: { $from: 'item' }, each: { over, concurrency } }));
const child = fc.constant({ child: { definition: 'fuzz.child' }, payload: { $from: 'input' } });

function step(index: number, withChildren: boolean): fc.Arbitrary<object> {
  const before = Array.from({ length: index }, (_, i) => `s${i}`);
  return fc.subarray(before).chain((dependsOn) =>
    fc
      .tuple(
        fc.oneof({ weight: 4, arbitrary: tasks }, waits, fanOuts, ...(withChildren ? [child] : [])),
        fc.record(
          {
            payload: payloads(dependsOn),
            when: conditions(dependsOn),
            onError: fc.constantFrom('fail', 'continue'),
            priority: fc.constantFrom<unknown>('high', 0, 999),
            queue: fc.constantFrom('fuzz', 'default'),
            compensation: fc.constantFrom<object>(
              { type: 'taskflow.noop', payload: { $from: `steps.s${index}.result` } },
              { type: 'taskflow.fail', payload: { message: 'cannot be undone' }, retry: { maxAttempts: 1 } },
            ),
          },
          { requiredKeys: [], noNullPrototype: true },
        ),
      )
      .map(([kind, more]) => {
        const isWork = 'type' in kind && !('each' in kind);
        const { payload, compensation, ...rest } = more;
        const work = {
          ...(payload !== undefined && !('payload' in kind) && { payload }),
          ...(compensation && { compensation }),
        };
        return { key: `s${index}`, dependsOn, ...rest, ...(isWork && work), ...kind };
      }),
  );
}

/** Graphs that can run, of every kind of step. */
export function graphs({ withChildren }: { withChildren: boolean }): fc.Arbitrary<{ steps: object[] }> {
  const steps = fc
    .integer({ min: 1, max: 5 })
    .chain((count) => fc.tuple(...Array.from({ length: count }, (_, index) => step(index, withChildren))));
  return fc.record(
    { steps, onFailure: fc.constantFrom('compensate', 'stop') },
    { requiredKeys: ['steps'], noNullPrototype: true },
  );
}

const input = fc.constantFrom<unknown>({ n: 7, list: [1, 2] }, { n: 1, list: [] }, null, 'text');

export const startBodies: fc.Arbitrary<object> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .tuple(graphs({ withChildren: true }), input)
      .map(([graph, value]) => ({ name: 'fuzz', input: value, ...graph })),
  },
  fc.record({ definition: fc.constant('fuzz.child'), input }, { noNullPrototype: true }),
  fc.constant({ definition: 'fuzz.child', version: 2 }),
);

export const definitionBodies: fc.Arbitrary<object> = fc
  .tuple(graphs({ withChildren: false }), fc.integer({ min: 1, max: 3 }), fc.boolean())
  .map(([graph, version, replace]) => ({ name: 'fuzz.child', version, graph, replace }));
