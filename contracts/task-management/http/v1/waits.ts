import { z } from 'zod';
import { duration, name, positiveDuration } from './scalars.ts';

/** The forms of waits, by the member of a step that asks for one in place of a task. */
export const waitForms = {
  /** Waits for a span, or until an instant (RFC 3339 or a reference to one). */
  sleep: z.strictObject({ for: duration.optional(), until: z.unknown().optional() }),
  /** Waits until the signal is sent to this workflow; its payload is the result. */
  waitForSignal: z.strictObject({ signal: name, timeout: positiveDuration }),
  /** Waits for an event with this name and key (a text or number, or a reference to one); its payload is the result. */
  waitForEvent: z.strictObject({ event: name, key: z.unknown().optional(), timeout: positiveDuration }),
};

/** Says what a step without a task of its own waits for. The set may grow: a reader shows the name of a kind that it does not know. */
export const waitKind = z.enum(['sleep', 'signal', 'event', 'child', 'items']).meta({ 'x-grows': true });
export type WaitKind = z.infer<typeof waitKind>;

/** Shows what a live step without a task waits for. */
export const waitsFor = z.object({
  kind: waitKind,
  name: z.string().optional(),
  key: z.string().optional(),
  until: z.iso.datetime().optional(),
});
