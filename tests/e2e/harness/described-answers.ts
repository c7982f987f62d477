import { type AnswerCheck, createAnswerCheck, type GivenAnswer, publishedDescription } from './answer-check.ts';

/** Thrown for an answer that the published description of the API does not allow. */
export class UndescribedAnswer extends Error {
  override readonly name = 'UndescribedAnswer';
}

const heading = 'Answers against docs/reference/openapi.json:';
const undescribed: string[] = [];
let check: AnswerCheck | undefined;

// Whoever waits for something repeats a call that threw: so the file fails too, and not the call alone.
process.on('exit', () => {
  if (undescribed.length === 0) return;
  process.stderr.write(`${heading}\n${undescribed.slice(0, 20).join('\n')}\n`);
  process.exitCode = 1;
});

/** Every answer that a test is given has passed here. */
export function requireDescribed(answer: GivenAnswer): void {
  check ??= createAnswerCheck(publishedDescription());
  const wrong = check(answer);
  if (wrong === undefined) return;
  const message = `${answer.method} ${answer.path} answered ${answer.status}, which ${wrong}: ${answer.text.slice(0, 500)}`;
  undescribed.push(message);
  throw new UndescribedAnswer(message);
}

/** What a child found wrong with the answers that it was given fails the test that started it. */
export function takeOver(stderr: string): void {
  const at = stderr.indexOf(heading);
  if (at >= 0) undescribed.push(`Given to a child: ${stderr.slice(at, at + 2_000)}`);
}
