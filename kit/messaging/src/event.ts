/**
 * A contract event as services hand it to each other in memory. `encodeCloudEvent` turns it into the
 * CloudEvents 1.0 JSON that crosses a process border; what the stream knows (source, sequence) is added there.
 */
export interface EventRecord {
  /** UUID; equal to `data.eventId`. */
  readonly id: string;
  /** Versioned contract name, such as `taskflow.task.created.v1`. */
  readonly type: string;
  /** CloudEvents `subject`, `tasks/<id>` or `workflows/<id>`. */
  readonly subject: string;
  /** CloudEvents `partitionkey`: events of one key keep their order. */
  readonly key: string;
  /** Epoch milliseconds. */
  readonly time: number;
  readonly tenantId: string;
  readonly correlationId?: string;
  readonly causationId?: string;
  readonly traceparent?: string;
  /** The contract body without the fields that `raw` holds. */
  readonly data: Readonly<Record<string, unknown>>;
  /**
   * Members of the body that are already JSON text (a payload, a result). They are spliced into the encoded
   * event as they are, so that nobody parses or prints them twice. Read them with `rawField`.
   */
  readonly raw?: Readonly<Record<string, string>>;
}

/**
 * An entry holds the events that one committed transaction of a producer emitted, under the next number of its stream.
 * A transaction whose events are more than an entry may hold has several of them, under consecutive numbers, and
 * commits them together.
 */
export interface StreamEntry {
  /** Producer, such as `task-management`. */
  readonly source: string;
  readonly stream: number;
  /** Dense: 1, 2, 3, … without a gap, in commit order. */
  readonly seq: number;
  readonly events: readonly EventRecord[];
}

/** The JSON text of a body member, whichever way this event came. `undefined` when the body has no such member. */
export function rawField(event: EventRecord, name: string): string | undefined {
  const raw = event.raw?.[name];
  if (raw !== undefined) return raw;
  const value = event.data[name];
  return value === undefined ? undefined : JSON.stringify(value);
}
