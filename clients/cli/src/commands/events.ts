import type { CommandContext } from '../command-context.ts';
import { readInput } from '../input-argument.ts';

export interface EmitEventOptions {
  readonly key: string;
  readonly input?: string;
}

/** Gives an event to every step that waits for it now, and prints how many did. */
export async function emitEvent(
  { api, terminal, readStdin }: CommandContext,
  name: string,
  { key, input }: EmitEventOptions,
): Promise<void> {
  const payload = input === undefined ? undefined : await readInput(input, readStdin);
  const path = `/api/v1/workflow-events/${encodeURIComponent(name)}`;
  const receipt = await api.request<{ readonly matched: number }>({ method: 'POST', path, body: { key, payload } });
  terminal.one(receipt, [['matched', String(receipt.matched)]], String(receipt.matched));
  if (receipt.matched === 0) terminal.note('no step waited for it, and it is not kept');
}
