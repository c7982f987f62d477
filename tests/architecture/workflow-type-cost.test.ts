import assert from 'node:assert/strict';
import { test } from 'node:test';
import { complaintsAbout, overlayProgram } from '../../scripts/files/overlay-program.ts';

// What the compiler has to do for a workflow in code is counted, not timed: types that grew with the steps before them
// would make a workflow of some hundred steps unusable in an editor, and no functional test would notice.

const generated = 'clients/sdk/src/definitions/generated-workflow.ts';

/** Steps of many kinds; `needs` says of each which earlier ones it reads. */
function workflowOf(steps: number, needs: (step: number) => readonly number[], annotation = ''): string {
  const lines = Array.from({ length: steps }, (_, n) => {
    const needed = `needs: { ${needs(n)
      .map((other) => `s${other}`)
      .join(', ')} }`;
    const input = 'input: ({ input }) => ({ n: input.n })';
    if (n % 5 === 1)
      return `w.each('k${n}', t, { ${needed}, over: ({ input }) => input.list, input: (n) => ({ n }), tolerate: 1 })`;
    if (n % 5 === 2) return `w.step('k${n}', t, { ${needed}, when: ({ input }) => input.n > 1, ${input} })`;
    if (n % 5 === 3) return `w.run('k${n}', { ${needed} }, ({ input }) => ({ n: input.n }))`;
    const undo = 'compensate: { task: t, input: ({ output }) => ({ n: output.n }) }';
    return `w.step('k${n}', t, { ${needed}, ${input}, ${undo} })`;
  });
  const last = `s${steps - 1}`;
  return `
    ${annotation === '' ? '' : "import type { Output } from './graph-builder.ts';"}
    import { task } from './task.ts';
    import { workflow } from './workflow.ts';
    import { z } from 'zod';
    const t = task({ id: 't', run: (input: { n: number }) => input });
    const input = z.object({ n: z.number(), list: z.array(z.number()) });
    export const made = workflow({ id: 'w', input }, (w)${annotation} => {
      ${lines.map((line, n) => `const s${n} = ${line};`).join('\n')}
      return w.output({ ${last} }, (seen) => seen.${last});
    });`;
}

/** How many types the compiler instantiates for the text; it must have nothing to say against it. */
function instantiations(text: string): number {
  const program = overlayProgram(new Map([[generated, text]]));
  assert.deepEqual(complaintsAbout(program, generated), []);
  return program.getInstantiationCount();
}

/** Each reads the first step and one in the middle of those before it. */
const branching = (step: number): number[] => (step < 4 ? [] : [0, step >> 1]);
/** Each reads the one before it. */
const chained = (step: number): number[] => (step === 0 ? [] : [step - 1]);

test('twice the steps cost the compiler twice as much, and not more', () => {
  const [first, second, third] = [100, 200, 400].map((steps) => instantiations(workflowOf(steps, branching)));
  assert.ok(first !== undefined && second !== undefined && third !== undefined);
  const [of100, of200] = [second - first, third - second];
  assert.ok(of200 < of100 * 2.2, `${of100} for 100 more steps, ${of200} for 200 more`);
  assert.ok(of100 < 100 * 300, `${of100 / 100} instantiations for each step`);
});

test('a chain of many steps compiles where the build function says its type', () => {
  assert.ok(instantiations(workflowOf(400, chained, ': Output<{ n: number }>')) > 0);
});
