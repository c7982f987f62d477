// Checked by the compiler alone: each line under a directive must not compile, and the rest must.
import { z } from 'zod';
import { task } from './task.ts';
import type { Wire } from './wire-type.ts';

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const holds = <T extends true>(): T | undefined => undefined;

interface Everything {
  readonly plain: {
    readonly text: string;
    n: number;
    yes: boolean;
    nothing: null;
    absent?: string;
    list: readonly [1, 'a'];
  };
  readonly at: Date;
  readonly map: Map<string, Set<bigint>>;
  readonly readonlyMap: ReadonlyMap<number, Date>;
  readonly url: URL;
  readonly bytes: Uint8Array;
  readonly floats: Float64Array;
  readonly buffer: ArrayBuffer;
  readonly nothing: undefined;
  readonly union: Date | 'never' | { readonly deep: Map<string, Date>[] };
}
holds<Equal<Wire<Everything>, Everything>>();
holds<Equal<Wire<unknown>, unknown>>();
holds<Equal<Wire<void>, void>>();

task({ id: 'good', run: async (given: Everything) => given });

// Types that contain themselves.
interface Tree {
  readonly at: Date;
  readonly children: readonly Tree[];
  readonly parent?: Tree;
}
type Nested = Date | Nested[] | { [member: string]: Nested };
task({ id: 'good', run: async (tree: Tree) => tree });
task({ id: 'good', run: async (nested: Nested) => nested });
task({ id: 'good', input: z.json(), run: async (json) => json });
task({ id: 'good', run: async (loose: Record<string, unknown>) => ({ ...loose, bytes: Buffer.from('a') }) });
task({ id: 'good', run: async (branded: { readonly id: string & { readonly brand: 1 } }) => branded });
task({
  id: 'good',
  input: z.object({ at: z.date(), ids: z.map(z.string(), z.bigint()) }),
  run: async (input) => input,
});

// @ts-expect-error results must survive the wire: no function
task({ id: 'bad', run: async (input: { a: 1 }) => ({ get: () => input }) });
// @ts-expect-error no symbol, however deep
task({ id: 'bad', run: async () => ({ list: [{ s: Symbol('a') }] }) });
// @ts-expect-error not inside a Map either
task({ id: 'bad', run: async () => new Map([['a', () => 1]]) });
// @ts-expect-error nor a Set
task({ id: 'bad', run: async () => new Set([Symbol('a')]) });
// @ts-expect-error a RegExp does not
task({ id: 'bad', run: async () => ({ pattern: /a/ }) });
// @ts-expect-error nor does a promise inside a result
task({ id: 'bad', run: async () => ({ later: Promise.resolve(1) }) });
// @ts-expect-error nor a function in what contains itself
task({ id: 'bad', run: async (given: { readonly call?: () => void; readonly next?: Tree }[]) => given });
// @ts-expect-error nor an instance of a class with methods
task({ id: 'bad', run: async () => new AbortController() });
// @ts-expect-error inputs neither
task({ id: 'bad', run: async (_input: { call: () => void }) => 1 });
// @ts-expect-error nor an input schema whose callers would give a function
task({ id: 'bad', input: z.object({ call: z.custom<() => void>() }), run: async () => 1 });
// @ts-expect-error durations are checked
task({ id: 'bad', timeout: { total: '10 minutes' }, run: async () => 1 });
// @ts-expect-error an SLA is not available yet
task({ id: 'bad', sla: { start: '1s' }, run: async () => 1 });
// @ts-expect-error nor is a rate limit
task({ id: 'bad', rateLimit: { limit: 1, per: '1s' }, run: async () => 1 });
