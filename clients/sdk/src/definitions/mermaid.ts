import type { CodeStep, WorkflowGraph } from './workflow-graph.ts';

/** The shapes of steps that are no plain task, with a word for each kind. */
const shapes: Readonly<Record<CodeStep['work']['kind'], readonly [open: string, word: string, close: string]>> = {
  task: ['[', '', ']'],
  run: ['[', '', ']'],
  output: ['[', '', ']'],
  each: ['[[', 'for each', ']]'],
  child: ['[[', 'workflow', ']]'],
  wait: ['([', '', '])'],
};

/**
 * Keys become labels and positions become ids, because a key may hold characters that Mermaid reads as syntax. Rounded
 * steps wait, doubled ones are many tasks or another workflow, an edge with `when` leads to a step that may be skipped,
 * and a dashed edge leads to what undoes the step.
 */
export function drawMermaid(graph: WorkflowGraph): string {
  const steps = [...graph.steps.values()];
  const ids = new Map(steps.map((step, position) => [step, `s${position}`]));
  const nodes = steps.flatMap((step) => [`  ${ids.get(step)}${shapeOf(step)}`, ...compensationOf(step, ids.get(step))]);
  const edges = steps.flatMap((step) =>
    [...new Set(step.needs.values())].map((needed) => `  ${ids.get(needed)} ${arrowTo(step)} ${ids.get(step)}`),
  );
  return ['flowchart LR', ...nodes, ...edges].join('\n');
}

function shapeOf(step: CodeStep): string {
  const [open, word, close] = shapes[step.work.kind];
  const lines = [step.label ?? step.key, [word, subjectOf(step)].filter((part) => part !== '').join(' ')];
  // A root has no edge that could say it.
  if (step.when !== undefined && step.needs.size === 0) lines.push('when');
  return `${open}"${lines
    .filter((line) => line !== '')
    .map(quoted)
    .join('<br/>')}"${close}`;
}

function subjectOf({ work }: CodeStep): string {
  if (work.kind === 'each') return work.task.id;
  if (work.kind === 'child') return `${work.workflow.id}@${work.workflow.version}`;
  return work.kind === 'wait' ? [work.word, work.subject ?? ''].join(' ').trimEnd() : '';
}

function compensationOf(step: CodeStep, id: string | undefined): string[] {
  if (step.compensate === undefined) return [];
  return [`  ${id}u["${quoted(step.compensate.task.id)}"]`, `  ${id} -. undo .-> ${id}u`];
}

function arrowTo(step: CodeStep): string {
  return step.when === undefined ? '-->' : '-->|when|';
}

/** Mermaid reads `#quot;` and its like inside quotes; a label may hold a quote or a line break of its own. */
function quoted(text: string): string {
  return text.replaceAll('#', '#35;').replaceAll('"', '#quot;').replaceAll('<', '#lt;').replaceAll(/\s+/g, ' ');
}
