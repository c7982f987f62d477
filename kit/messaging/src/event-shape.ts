import type { EventRecord } from './event.ts';

/** Envelope members whose text mostly stands in the body too: the event's own id, or `tasks/` and an id. */
const referable = ['id', 'subject', 'key', 'correlationId'] as const;

/** Where a text is found again: `prefix` and the body's member; null when it is written out. */
type Reference = readonly [prefix: string, member: string] | null;

/**
 * The members that events of one kind have in common. An entry writes it once, and each event only what is its own: a
 * third of the text, and what is not written need not be printed, compressed, stored or parsed.
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

/** Values of a row before the body's: shape, time, causation, trace. */
const envelopeValues = 4;

/**
 * Collects the shapes of one entry while its events are written. Every event of every transaction passes here, so
 * a row is filled in one pass that also finds out whether the shape fits.
 */
export class ShapeWriter {
  readonly shapes: EventShape[] = [];
  readonly #byType = new Map<string, number[]>();

  /** The event's own values, led by the number of its shape; what is told by the shape is left out. */
  write(event: EventRecord): ShapedEvent {
    let numbers = this.#byType.get(event.type);
    if (numbers === undefined) {
      numbers = [];
      this.#byType.set(event.type, numbers);
    }
    for (const number of numbers) {
      const row = rowOf(number, this.shapes[number] as EventShape, event);
      if (row !== undefined) return row;
    }
    const shape = shapeOf(event);
    const number = this.shapes.push(shape) - 1;
    numbers.push(number);
    return rowOf(number, shape, event) as ShapedEvent;
  }
}

/** Undefined when the event is not of this shape. */
function rowOf(number: number, shape: EventShape, event: EventRecord): ShapedEvent | undefined {
  if (shape.tenantId !== event.tenantId) return undefined;
  const { data, raw } = event;
  const row: unknown[] = [number, event.time, event.causationId ?? 0, event.traceparent ?? 0];
  const [id, subject, key, correlationId] = shape.references;
  if (!refers(row, id, event.id, data)) return undefined;
  if (!refers(row, subject, event.subject, data)) return undefined;
  if (!refers(row, key, event.key, data)) return undefined;
  if (!refers(row, correlationId, event.correlationId, data)) return undefined;
  let at = 0;
  for (const name in data) {
    const value = data[name];
    if (value === undefined) continue;
    if (shape.members[at] !== name) return undefined;
    row.push(value);
    at += 1;
  }
  if (at !== shape.members.length) return undefined;
  at = 0;
  for (const name in raw) {
    const text = raw[name];
    if (text === undefined) continue;
    if (shape.rawMembers[at] !== name) return undefined;
    row.push(text.length);
    at += 1;
  }
  return at === shape.rawMembers.length ? row : undefined;
}

/** Whether the text stands where the reference says; one that has no reference is written out. */
function refers(
  row: unknown[],
  reference: Reference | undefined,
  text: string | undefined,
  data: EventRecord['data'],
): boolean {
  if (!reference) {
    row.push(text ?? 0);
    return true;
  }
  const [prefix, member] = reference;
  const value = data[member];
  if (text === undefined || typeof value !== 'string') return false;
  if (prefix === '') return text === value;
  return text.length === prefix.length + value.length && text.endsWith(value) && text.startsWith(prefix);
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
    return [text.slice(0, -value.length), member];
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
  let at = envelopeValues;
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
