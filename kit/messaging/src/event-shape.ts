import type { EventRecord } from './event.ts';

/** Envelope members whose text mostly stands in the body too: the event's own id, or `tasks/` and an id. */
const referable = ['id', 'subject', 'key', 'correlationId'] as const;

/** Where a text is found again: `prefix` and the body's member; null when it is written out. */
type Reference = readonly [prefix: string, member: string] | null;

/**
 * What events of one kind have in common. An entry writes it once, and each event only what is its own: a third of
 * the text, and what is not written need not be printed, deflated, stored or parsed.
 */
export interface EventShape {
  readonly type: string;
  readonly tenantId: string;
  /** Of `id`, `subject`, `key` and `correlationId`. */
  readonly references: readonly Reference[];
  /** Names of the body's members. */
  readonly members: readonly string[];
  readonly rawMembers: readonly string[];
}

export type ShapedEvent = readonly unknown[];

export class ShapeError extends Error {}

/** Collects the shapes of one entry while its events are written. */
export class ShapeWriter {
  readonly shapes: EventShape[] = [];
  readonly #byType = new Map<string, number[]>();

  /** The event's own values, led by the number of its shape; what is told by the shape is left out. */
  write(event: EventRecord): ShapedEvent {
    const index = this.#shapeOf(event);
    const shape = this.shapes[index] as EventShape;
    const row: unknown[] = [index, event.time, event.causationId ?? 0, event.traceparent ?? 0];
    shape.references.forEach((reference, i) => {
      if (reference === null) row.push(event[referable[i] as (typeof referable)[number]] ?? 0);
    });
    for (const member of shape.members) row.push(event.data[member]);
    for (const member of shape.rawMembers) row.push(event.raw?.[member]?.length ?? 0);
    return row;
  }

  #shapeOf(event: EventRecord): number {
    const candidates = this.#byType.get(event.type);
    if (candidates) {
      for (const index of candidates) if (fits(this.shapes[index] as EventShape, event)) return index;
    }
    const index = this.shapes.push(shapeOf(event)) - 1;
    if (candidates) candidates.push(index);
    else this.#byType.set(event.type, [index]);
    return index;
  }
}

function fits(shape: EventShape, event: EventRecord): boolean {
  if (shape.tenantId !== event.tenantId) return false;
  if (!sameNames(shape.members, event.data) || !sameNames(shape.rawMembers, event.raw)) return false;
  return shape.references.every((reference, i) => {
    if (reference === null) return true;
    return event[referable[i] as (typeof referable)[number]] === reference[0] + String(event.data[reference[1]]);
  });
}

function sameNames(names: readonly string[], object: Readonly<Record<string, unknown>> | undefined): boolean {
  let at = 0;
  for (const name in object) {
    if (object[name] === undefined) continue;
    if (names[at] !== name) return false;
    at += 1;
  }
  return at === names.length;
}

function shapeOf(event: EventRecord): EventShape {
  const members = namesOf(event.data);
  return {
    type: event.type,
    tenantId: event.tenantId,
    references: referable.map((name) => referenceTo(event[name], event.data, members)),
    members,
    rawMembers: namesOf(event.raw),
  };
}

function namesOf(object: Readonly<Record<string, unknown>> | undefined): string[] {
  return object === undefined ? [] : Object.keys(object).filter((name) => object[name] !== undefined);
}

function referenceTo(text: string | undefined, data: EventRecord['data'], members: readonly string[]): Reference {
  if (text === undefined) return null;
  for (const member of members) {
    const value = data[member];
    // A short text would be found by chance, and then every event would need a shape of its own.
    if (typeof value !== 'string' || value.length < 16 || !text.endsWith(value)) continue;
    return [text.slice(0, text.length - value.length), member];
  }
  return null;
}

/** Gives an event back. `takeRaw` hands out the next raw characters. Throws `ShapeError` for what `write` did not make. */
export function readShaped(
  shapes: readonly EventShape[],
  row: ShapedEvent,
  takeRaw: (length: number) => string,
): EventRecord {
  const shape = shapes[row[0] as number];
  if (shape === undefined) throw new ShapeError('a row names a shape that is not there');
  let at = 4;
  const written = shape.references.map((reference) => (reference === null ? (row[at++] as string | 0) : undefined));
  const data: Record<string, unknown> = {};
  for (const member of shape.members) data[member] = row[at++];
  const envelope = shape.references.map((reference, i) =>
    reference === null ? written[i] : reference[0] + String(data[reference[1]]),
  ) as [string, string, string, string | 0];
  const raw: Record<string, string> = {};
  for (const member of shape.rawMembers) raw[member] = takeRaw(row[at++] as number);
  if (at !== row.length) throw new ShapeError('a row does not have the members of its shape');
  const [id, subject, key, correlationId] = envelope;
  const [, time, causationId, traceparent] = row as [number, number, string | 0, string | 0];
  return {
    id,
    type: shape.type,
    subject,
    key,
    time,
    tenantId: shape.tenantId,
    ...(correlationId && { correlationId }),
    ...(causationId && { causationId }),
    ...(traceparent && { traceparent }),
    data,
    ...(shape.rawMembers.length > 0 && { raw }),
  };
}
