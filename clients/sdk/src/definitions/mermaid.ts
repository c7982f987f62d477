import type { WorkflowGraph } from './graph-compiler.ts';

/** Keys become labels and positions become ids, because a key may hold characters that Mermaid reads as syntax. */
export function drawMermaid(graph: WorkflowGraph): string {
  const steps = graph.registered.steps;
  const ids = new Map(steps.map((step, position) => [step.key, `s${position}`]));
  const nodes = steps.map((step) => `  ${ids.get(step.key)}["${step.key}"]`);
  const edges = steps.flatMap((step) =>
    (step.dependsOn ?? []).map((needed) => `  ${ids.get(needed)} --> ${ids.get(step.key)}`),
  );
  return ['flowchart LR', ...nodes, ...edges].join('\n');
}
