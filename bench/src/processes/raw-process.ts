import { createRawLimit, type RawLimit } from '../raw/raw-limit.ts';
import { serveCalls } from './child-calls.ts';

let limit: RawLimit | undefined;

function opened(): RawLimit {
  if (limit === undefined) throw new Error('the raw limit has not been opened');
  return limit;
}

const calls = {
  open: async ({ url }: { url: string }): Promise<void> => {
    limit = await createRawLimit(url);
  },
  pipeline: ({ seconds }: { seconds: number }) => opened().pipeline(seconds),
  singles: ({ seconds, callers }: { seconds: number; callers: number }) => opened().singles(seconds, callers),
};
export type RawCalls = typeof calls;

serveCalls(calls, async () => {
  await limit?.stop();
});
