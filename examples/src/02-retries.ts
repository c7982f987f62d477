// What happens when a handler throws: tried again, or not, and how often.
//   npx node examples/src/02-retries.ts [--url http://127.0.0.1:7400]
import { RetryableError, TaskFailedError, task } from '@taskflow/sdk';
import { openTaskFlow, urlArgument } from './open-taskflow.ts';

class CardDeclined extends Error {}

const flaky = task({
  id: 'examples.flaky',
  retry: { maxAttempts: 5, backoff: 'exponential', initial: '50ms', max: '1s', jitter: 'none' },
  run: (_input: null, ctx) => {
    // Anything that is thrown counts as retryable; this class can also say when to come back.
    if (ctx.attempt < 3) throw new RetryableError(`attempt ${ctx.attempt} failed`, { retryAfter: 20 });
    return { attempts: ctx.attempt };
  },
});

const declined = task({
  id: 'examples.declined',
  retry: { maxAttempts: 5, initial: '50ms', nonRetryable: [CardDeclined] },
  run: (_input: null): null => {
    throw new CardDeclined('the card was declined');
  },
});

await using opened = await openTaskFlow({ definitions: [flaky, declined], url: urlArgument() });
const { taskflow } = opened;

const { attempts } = await taskflow.execute(flaky, null);
console.log(`flaky: completed in attempt ${attempts}`);

try {
  await taskflow.execute(declined, null);
} catch (error) {
  if (!(error instanceof TaskFailedError)) throw error;
  console.log(`declined: failed after ${error.attempts} attempt: ${error.failure.message}`);
}
