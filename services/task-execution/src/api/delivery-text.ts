import type { WireBounds } from '../application/bounds.ts';
import type { Delivery } from '../application/ports/worker-connection.ts';

/** A delivery as JSON text; the payload is spliced in as it is, neither parsed nor printed again. */
export function deliveryText(delivery: Delivery): string {
  const { n, lease, taskId, generation, type, queue, attempt, payload, timeoutMs, options } = delivery;
  let text =
    `{"n":${n},"lease":"${lease}","taskId":"${taskId}","generation":${generation},"type":${JSON.stringify(type)},` +
    `"queue":${JSON.stringify(queue)},"attempt":${attempt},"payload":${payload}`;
  if (timeoutMs !== null) text += `,"timeoutMs":${Math.ceil(timeoutMs)}`;
  if (options.tags) text += `,"tags":${JSON.stringify(options.tags)}`;
  if (options.workflow) text += `,"workflow":${JSON.stringify(options.workflow)}`;
  if (options.maxResultBytes) text += `,"maxResultBytes":${options.maxResultBytes}`;
  if (options.traceparent) text += `,"traceparent":${JSON.stringify(options.traceparent)}`;
  return `${text}}`;
}

/** Deliveries as the texts of JSON arrays, each small enough for one frame. */
export function deliveryLists(deliveries: readonly Delivery[], bounds: WireBounds): string[] {
  const { deliveriesPerFrame: maxPerFrame, deliveryBytesPerFrame: maxCharacters } = bounds;
  const lists: string[] = [];
  let parts: string[] = [];
  let characters = 0;
  for (const delivery of deliveries) {
    const text = deliveryText(delivery);
    if (parts.length > 0 && (parts.length === maxPerFrame || characters + text.length > maxCharacters)) {
      lists.push(`[${parts.join(',')}]`);
      parts = [];
      characters = 0;
    }
    parts.push(text);
    characters += text.length;
  }
  if (parts.length > 0) lists.push(`[${parts.join(',')}]`);
  return lists;
}
