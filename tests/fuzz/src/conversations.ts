import { workerFrame } from '@taskflow/contracts-worker-protocol';
import fc from 'fast-check';
import { z } from 'zod';
import { hostileText } from './hostile-values.ts';
import { placeholder } from './known-ids.ts';
import { nearMisses, printed } from './near-misses.ts';
import { failures, reports, results } from './reports.ts';
import { type JsonSchema, type Overrides, valuesOf } from './schema-values.ts';

export type Move =
  | { readonly send: string; readonly times: number; readonly ref?: number; readonly awaited?: boolean }
  | { readonly bytes: Uint8Array }
  | { readonly ping: string };

/** What one worker of nobody's good will does on one connection. */
export interface Conversation {
  readonly subprotocol: string;
  readonly moves: readonly Move[];
  readonly end: 'goodbye' | 'cut' | 'odd code';
}

const overrides: Overrides = {
  name: fc.constant('fuzz'),
  types: fc.constantFrom(['fuzz.work'], ['fuzz.work', 'nobody.asks'], []),
  queues: fc.constantFrom(['fuzz'], ['fuzz', 'default']),
  concurrency: fc.constantFrom(1, 2, 10_000),
  session: fc.nat(0xffff).map(placeholder),
  upTo: fc.constantFrom(0, 1, 5, 1_000, Number.MAX_SAFE_INTEGER),
};
const items: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  complete: reports(results),
  fail: reports(failures),
  progress: reports(fc.constantFrom<object>({ fraction: 0.5 }, { fraction: 1, message: 'nearly' })),
};

const schemas = (z.toJSONSchema(workerFrame, { io: 'input' }) as { oneOf: JsonSchema[] }).oneOf;
const frames = schemas.map((schema) => {
  const kind = String(schema.properties?.['kind']?.const);
  return { kind, values: valuesOf(schema, { ...overrides, ...(items[kind] && { items: items[kind] }) }) };
});
const registers = frames.filter(({ kind }) => kind === 'register').map(({ values }) => values);
const fitting = fc.oneof(...frames.filter(({ kind }) => kind !== 'register').map(({ values }) => values));
const anyFrame = fc.oneof(...frames.map(({ values }) => values));

/** Reports are answered by the same number; what follows a registration is sent once it is answered. */
function moveOf(frame: unknown): Move {
  const { kind, ref } = frame as { kind: string; ref?: number };
  const answered = kind === 'complete' || kind === 'fail';
  return { send: printed(frame), times: 1, ...(answered && { ref }), ...(kind === 'register' && { awaited: true }) };
}

const hostileTexts = fc.oneof(
  hostileText,
  hostileText.map((text) => `{"kind":${text}}`),
  hostileText.map((text) => `{"kind":"heartbeat","ref":1,"received":0,"holds":${text}}`),
  hostileText.map((text) => `{"kind":"complete","ref":1,"items":[${text},${text}]}`),
  fc.json(),
  fc.string({ unit: 'binary' }),
);
const large = fc
  .constantFrom('"', '[', '{"kind":"complete","ref":1,"items":[1,')
  .map((text) => text + ' '.repeat(3_000_000));

const moves: fc.Arbitrary<Move> = fc.oneof(
  { weight: 12, arbitrary: fitting.map(moveOf) },
  { weight: 6, arbitrary: nearMisses(anyFrame).map((frame): Move => ({ send: printed(frame), times: 1 })) },
  { weight: 3, arbitrary: hostileTexts.map((send): Move => ({ send, times: 1 })) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fitting.map(printed), fc.integer({ min: 50, max: 400 }))
      .map(([send, times]): Move => ({ send, times })),
  },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 300 }).map((bytes): Move => ({ bytes })) },
  { weight: 1, arbitrary: fc.string({ maxLength: 40 }).map((ping): Move => ({ ping })) },
  { weight: 1, arbitrary: large.map((send): Move => ({ send, times: 1 })) },
);

const begins = fc.oneof(
  {
    weight: 8,
    arbitrary: fc
      .oneof(...registers)
      .map((frame): Move[] => [moveOf(frame), { send: '{"kind":"credit","upTo":5}', times: 1 }]),
  },
  fc.constant<Move[]>([]),
);

export const conversations: fc.Arbitrary<Conversation> = fc
  .tuple(
    fc.constantFrom(
      'taskflow.worker.v1',
      'taskflow.worker.v1',
      'taskflow.worker.v1',
      'taskflow.worker.v1',
      'taskflow.worker.v2',
      '',
    ),
    begins,
    fc.array(moves, { maxLength: 8 }),
    fc.constantFrom('goodbye', 'cut', 'odd code'),
  )
  .map(([subprotocol, begin, rest, end]) => ({ subprotocol, moves: [...begin, ...rest], end }));
