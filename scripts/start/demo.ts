import { pathToFileURL } from 'node:url';
import { createTaskFlow, Pace, type WorkflowBody, type WorkflowDef, type WorkflowHandle } from '@taskflow/sdk';

/** What a demo module exports as `demo`. */
interface Demo {
  workflow: WorkflowDef<unknown, unknown>;
  input: unknown;
}

type Print = (line?: string) => void;
type Step = WorkflowBody['steps'][number];

const patienceMs = 60_000;
const waitSeconds = 10;
const marks: Partial<Record<Step['status'], string>> = { completed: '✓', failed: '✗', skipped: '-', cancelled: '-' };

/** Runs the demo that one of the modules exports, and prints its steps and its result. */
export async function runDemo(url: string, modules: readonly string[], print: Print): Promise<void> {
  const demo = await findDemo(modules);
  if (!demo) return;
  const flow = createTaskFlow({ url });
  const begin = performance.now();
  try {
    const handle = await flow.start(demo.workflow, demo.input);
    print(`\n  Demo  ${demo.workflow.id}  ${handle.url}`);
    report(await ended(handle, begin), print);
  } finally {
    await flow.close();
  }
}

async function findDemo(modules: readonly string[]): Promise<Demo | undefined> {
  for (const path of modules) {
    const { demo } = (await import(pathToFileURL(path).href)) as { demo?: Demo };
    if (demo) return demo;
  }
  return undefined;
}

/** Its state at the end, or when patience ends. */
async function ended(handle: WorkflowHandle<unknown>, begin: number): Promise<WorkflowBody> {
  const pace = new Pace();
  for (;;) {
    const asked = performance.now();
    const body = await handle.details({ waitSeconds });
    await pace.next(waitSeconds * 1_000, performance.now() - asked, body.finishedAt === undefined ? patienceMs : 0);
    if (body.finishedAt !== undefined || performance.now() - begin > patienceMs) return body;
  }
}

function report({ steps, status, createdAt, finishedAt, output, error }: WorkflowBody, print: Print): void {
  const width = Math.max(...steps.map(({ key }) => key.length));
  for (const step of steps.filter(({ key }) => !key.startsWith('$'))) {
    print(`    ${marks[step.status] ?? '…'} ${step.key.padEnd(width)}  ${step.status}${durationOf(step)}`);
  }
  const took = finishedAt === undefined ? 'it goes on' : `${Date.parse(finishedAt) - Date.parse(createdAt)} ms`;
  print(`  Demo ${status} (${took})`);
  if (output !== undefined) print(`  Result: ${JSON.stringify(output)}`);
  if (error !== undefined) print(`  Error: ${error.code}: ${error.message}`);
}

function durationOf({ startedAt, finishedAt, attempts }: Step): string {
  if (startedAt === undefined || finishedAt === undefined) return '';
  const tries = attempts > 1 ? `, ${attempts} attempts` : '';
  return `  ${Date.parse(finishedAt) - Date.parse(startedAt)} ms${tries}`;
}
