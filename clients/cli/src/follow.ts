import { type HttpApi, NotFoundError, Pace, type TaskBody, type WorkflowBody } from '@taskflow/sdk';
import type { Terminal } from './terminal.ts';
import { type Pieces, standing, stepLines } from './workflow-lines.ts';

/** A task or a workflow, with which of the two it is. */
export type Followed =
  | { readonly kind: 'tasks'; readonly body: TaskBody }
  | { readonly kind: 'workflows'; readonly body: WorkflowBody };

const waitMs = 1_000;

/** Looks an id up among workflows, then among tasks. */
export async function find(api: HttpApi, id: string): Promise<Followed> {
  try {
    return { kind: 'workflows', body: await read<WorkflowBody>(api, 'workflows', id) };
  } catch (error) {
    if (!(error instanceof NotFoundError)) throw error;
    return { kind: 'tasks', body: await read<TaskBody>(api, 'tasks', id) };
  }
}

/**
 * Says every change until the end, or until nothing but an operator moves it, by reads that wait on the server for at
 * most a second each: what changed within that second and changed again is not seen.
 */
export async function follow(
  api: HttpApi,
  terminal: Terminal,
  first: Followed,
  signal: AbortSignal,
): Promise<Followed> {
  const printed = new Map<string, string>();
  const pace = new Pace();
  let now = first;
  for (;;) {
    for (const [subject, line] of linesOf(now, terminal)) {
      const text = JSON.stringify(line);
      if (printed.get(subject) === text) continue;
      printed.set(subject, text);
      terminal.row([`${subject}  `, ...line]);
    }
    if (isParked(now.body.status)) return now;
    const begin = performance.now();
    now = await again(api, now, signal);
    if (!isParked(now.body.status)) await pace.next(waitMs, performance.now() - begin, waitMs, signal);
  }
}

/** It has ended, or is parked until an operator acts. */
export function isParked(status: string): boolean {
  return ['completed', 'failed', 'cancelled', 'skipped', 'compensated', 'compensation-stuck', 'stuck'].includes(status);
}

async function again(api: HttpApi, now: Followed, signal: AbortSignal): Promise<Followed> {
  return now.kind === 'tasks'
    ? { kind: 'tasks', body: await read<TaskBody>(api, 'tasks', now.body.id, signal) }
    : { kind: 'workflows', body: await read<WorkflowBody>(api, 'workflows', now.body.id, signal) };
}

function read<Body>(api: HttpApi, kind: Followed['kind'], id: string, signal?: AbortSignal): Promise<Body> {
  const waitSeconds = signal === undefined ? undefined : waitMs / 1_000;
  return api.request<Body>({ method: 'GET', path: `/api/v1/${kind}/${encodeURIComponent(id)}`, waitSeconds, signal });
}

function linesOf({ kind, body }: Followed, terminal: Terminal): [subject: string, line: Pieces][] {
  if (kind === 'tasks') return [[body.type, standing(body, terminal)]];
  const begun = body.steps.filter(({ status }) => status !== 'blocked');
  return [[body.name, standing(body, terminal)], ...stepLines(begun, terminal)];
}
