import type { WorkflowBody } from '@taskflow/sdk';
import type { Coloured, Terminal } from './terminal.ts';

type Step = WorkflowBody['steps'][number];
/** One line: what is ours in colour, the rest as it came. */
export type Pieces = readonly (string | Coloured)[];
type Failure = { readonly code: string; readonly message: string };

/** What a person is shown of a workflow's steps: a line per step, and one below it for what undoes it. */
export function stepLines(steps: readonly Step[], terminal: Terminal): [subject: string, line: Pieces][] {
  return steps.flatMap((step): [string, Pieces][] => {
    const line: [string, Pieces] = [`  ${step.key}`, stepLine(step, terminal)];
    const { compensation } = step;
    if (compensation === undefined) return [line];
    return [line, [`  ${step.key}/compensation`, compensationLine(compensation, terminal)]];
  });
}

/** One line that says how something stands: its status, which attempt, how far, and why it failed. */
export function standing(
  of: {
    readonly status: string;
    readonly attempts?: number;
    readonly progress?: { readonly fraction: number; readonly message?: string };
    readonly error?: Failure;
  },
  terminal: Terminal,
  notes: readonly string[] = [],
): Pieces {
  const running = of.status === 'running' || of.status === 'retrying';
  const progress =
    running && of.progress ? ` ${Math.round(of.progress.fraction * 100)}% ${of.progress.message ?? ''}` : '';
  const attempts = (of.attempts ?? 0) > 1 ? ` (attempt ${of.attempts})` : '';
  const error = of.error ? [`${of.error.code}: ${of.error.message}`] : [];
  return [terminal.status(of.status), [`${attempts}${progress.trimEnd()}`, ...notes, ...error].join('  ')];
}

function stepLine(step: Step, terminal: Terminal): Pieces {
  const notes = [waitOf(step), itemsOf(step), step.childId && `child ${step.childId}`];
  return standing(
    step,
    terminal,
    notes.filter((note): note is string => note !== undefined),
  );
}

function compensationLine(compensation: NonNullable<Step['compensation']>, terminal: Terminal): Pieces {
  return standing(compensation, terminal, compensation.reason === undefined ? [] : [compensation.reason]);
}

function waitOf({ waitsFor }: Step): string | undefined {
  // What it waits for stands beside it: the counts, or the child's id.
  if (waitsFor === undefined || waitsFor.kind === 'items' || waitsFor.kind === 'child') return undefined;
  const { kind, name, key, until } = waitsFor;
  const what = kind === 'sleep' ? 'sleeps' : `waits for ${kind} ${name ?? ''}${key === undefined ? '' : ` ${key}`}`;
  return until === undefined ? what : `${what} until ${until}`;
}

function itemsOf({ items }: Step): string | undefined {
  if (items === undefined) return undefined;
  const failed = items.failed > 0 ? `, ${items.failed} failed` : '';
  const running = items.running > 0 ? `, ${items.running} running` : '';
  return `${items.completed} of ${items.total} items completed${failed}${running}`;
}
