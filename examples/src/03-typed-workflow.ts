// A workflow in code: the compiler knows what each step gets and gives.
//   npx node examples/src/03-typed-workflow.ts [--url http://127.0.0.1:7400]
import { task, workflow } from '@taskflow/sdk';
import { z } from 'zod';
import { openTaskFlow, urlArgument } from './open-taskflow.ts';

const fetchText = task({
  id: 'examples.fetch-text',
  run: ({ title }: { title: string }) => ({ text: `${title}: the quick brown fox jumps over the lazy dog` }),
});
const countWords = task({
  id: 'examples.count-words',
  run: ({ text }: { text: string }) => ({ words: text.split(/\s+/).length }),
});
const countLetters = task({
  id: 'examples.count-letters',
  run: ({ text }: { text: string }) => ({ letters: text.replaceAll(/[^a-z]/gi, '').length }),
});

const analyse = workflow({ id: 'examples.analyse', version: 1, input: z.object({ title: z.string() }) }, (w) => {
  const source = w.step('fetch', fetchText, { input: ({ input }) => ({ title: input.title }) });
  // `needs` draws the edge, and is the only way to see the value: these two run side by side.
  const words = w.step('words', countWords, { needs: { source }, input: (seen) => ({ text: seen.source.text }) });
  const letters = w.step('letters', countLetters, { needs: { source }, input: (seen) => ({ text: seen.source.text }) });
  return w.output({ words, letters }, (seen) => ({
    words: seen.words.words,
    lettersPerWord: Math.round(seen.letters.letters / seen.words.words),
  }));
});

console.log(analyse.toMermaid());

await using opened = await openTaskFlow({ definitions: [analyse], url: urlArgument() });
const handle = await opened.taskflow.start(analyse, { title: 'Pangram' });
const output = await handle.result({ timeout: '30s' });
console.log(`words: ${output.words}, letters per word: ${output.lettersPerWord}`);

const { steps } = await handle.details();
for (const step of steps) console.log(`${step.key}: ${step.status}`);
