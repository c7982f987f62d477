import { reasonOf, type Service } from '@taskflow/kit-lifecycle';
import type { Clock } from '@taskflow/kit-time';
import { z } from 'zod';
import type { DependencyHealth, Health, HttpModule } from './route.ts';

const dependency = z.object({
  state: z.enum(['ok', 'failing']),
  detail: z.string().optional(),
  /** RFC 3339; of one that is failing. */
  since: z.string().optional(),
});
export const healthReport = z.object({
  status: z.enum(['ok', 'failing', 'starting']),
  /** By `<module>.<dependency>`. */
  dependencies: z.record(z.string(), dependency),
});
export type HealthReport = z.infer<typeof healthReport>;

export interface HealthCheck {
  report(isReady: boolean): Promise<HealthReport & { readonly blocked: boolean }>;
}

/** A dependency that has not answered by then is failing. */
const deadlineMs = 2_000;

/** Asks every module. What fails is told with when it began to, also where its module cannot know. */
export function createHealthCheck(modules: readonly HttpModule[], clock: Clock): HealthCheck {
  let firstSeen = new Map<string, number>();

  return {
    async report(isReady) {
      const states = new Map<string, DependencyHealth>();
      const answers = await Promise.all(modules.map((module) => healthInTime(module, clock)));
      modules.forEach(({ name }, index) => {
        for (const [part, state] of Object.entries(answers[index] ?? {})) states.set(`${name}.${part}`, state);
      });
      const failing = [...states].filter(([, { state }]) => state === 'failing');
      firstSeen = new Map(failing.map(([name, { since }]) => [name, since ?? firstSeen.get(name) ?? clock.now()]));
      const dependencies = Object.fromEntries(
        [...states].map(([name, each]) => [name, shown(each, firstSeen.get(name))]),
      );
      const status = failing.length > 0 ? 'failing' : isReady ? 'ok' : 'starting';
      const blocked = !isReady || failing.some(([, { blocking }]) => blocking !== false);
      return { status, dependencies, blocked };
    },
  };
}

function shown({ state, detail }: DependencyHealth, since: number | undefined): z.infer<typeof dependency> {
  return {
    state,
    ...(detail !== undefined && { detail }),
    ...(since !== undefined && { since: new Date(since).toISOString() }),
  };
}

async function healthInTime(module: HttpModule, clock: Clock): Promise<Health> {
  const { promise, resolve } = Promise.withResolvers<Health>();
  const late = clock.after(deadlineMs, () => resolve({ health: { state: 'failing', detail: 'no answer in time' } }));
  module.health().then(resolve, () => resolve({ health: { state: 'failing', detail: 'the check itself failed' } }));
  const health = await promise;
  late();
  return health;
}

/** Says whether a database answers. */
export async function answering(ask: () => Promise<unknown>): Promise<DependencyHealth> {
  try {
    await ask();
    return { state: 'ok' };
  } catch (error) {
    return { state: 'failing', detail: `the database does not answer: ${reasonOf(error)}` };
  }
}

/** The parts that are in trouble, by name. Those that are well are not listed: there are many, and none is a dependency. */
export function troublesOf(
  parts: readonly Pick<Service, 'name' | 'trouble'>[],
  options: Pick<DependencyHealth, 'blocking'> = {},
): Health {
  return Object.fromEntries(
    parts.flatMap((part) => {
      const trouble = part.trouble?.();
      return trouble
        ? [[part.name, { state: 'failing', detail: trouble.reason, since: trouble.since, ...options }]]
        : [];
    }),
  );
}
