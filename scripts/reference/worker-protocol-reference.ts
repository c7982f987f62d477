import { subprotocol } from '@taskflow/contracts-worker-protocol';
import { publishedContracts } from '../../tests/contracts/published-contracts.ts';
import { contractSection } from './contract-section.ts';
import type { GeneratedFile } from './generated-file.ts';

export const workerProtocolReference: GeneratedFile = {
  path: 'docs/reference/worker-protocol.md',
  command: 'npm run reference',
  render: () => `# Worker protocol, version 1

A worker connects to \`/api/v1/worker\` by WebSocket, subprotocol \`${subprotocol}\`, and exchanges JSON text frames; each
has a \`kind\`. The same verbs exist as \`POST /api/v1/worker/{register,claim,heartbeat,progress,complete,fail}\`, so that
a worker in another language can be a short program.

1. **Register.** The first frame names the task types that the worker handles, the queues that it serves (absent:
   every queue) and the workflow definitions that it holds, as \`name@version\`: a step whose functions are evaluated by
   the worker goes only to workers that hold its very version. The answer holds the session, the length of its lease and
   the interval of heartbeats.
2. **Credit is cumulative**: \`credit\` with \`upTo: n\` means "send deliveries up to number n of this connection".
   Deliveries are numbered from 1. Whatever is granted, a worker has no more attempts in hand than \`concurrency\`.
3. **A lease is the only fence.** Each hand-over has its own token, and every later word about the attempt carries it.
   A report under a lease that is no longer in force is answered \`superseded\`; nothing changed, and that is no error.
4. **Settled means on disk.** \`complete\` and \`fail\` are answered by one \`settled\` with the same \`ref\`, after COMMIT.
   What has no answer is reported again on the next connection.
5. **One heartbeat per session**, not per task. It lists every lease that the worker holds or has finished without an
   acknowledgement, and the highest delivery number received: what the server thinks leased and the worker does not
   hold is taken back. The answer names leases that are lost: abort those attempts and report nothing. Over HTTP a
   \`claim\` with \`holds\` is a heartbeat, too. What a claim gave and no later heartbeat, progress or report names is
   taken back a lease after it was handed over: its answer was lost on the way.
6. **Silence costs the session.** When no heartbeat arrives within the lease, all of the session's work runs elsewhere.
   A worker must measure this itself, from when it *sent* its last heartbeat that was answered, and abort its handlers.
7. **Resume.** After a reconnect the worker registers with its \`session\` and with \`holds\`; the answer says which of
   those are lost. The session is known to its worker alone: whoever has its id can go on in its place.
8. **Failures have a class**: \`terminal\` is never tried again, \`retryable\` is by the task's policy (or after
   \`retryAfterMs\`), \`released\` hands the attempt back without counting it. A \`retryable\` failure with the code
   \`attempt_timeout\` says that the worker gave up on its handler: nobody knows how far it came.
9. **A step may have nothing to do**: \`complete\` with \`skipped: true\` ends it without a result. A task that is no step
   of a workflow fails with \`invalid_report\` instead.
10. **A result has at most 256 kB** of JSON, or \`maxResultBytes\` where the delivery says so. A larger one fails its task
    with \`result_too_large\`.
11. **Nothing is changed silently.** Frames and bodies follow the rules of the HTTP edge: depth, numbers, texts, keys. An
    item that breaks one fails its own task (\`result_refused\` with the place, \`invalid_report\`); the others of its
    batch count. One that names no attempt is answered by an \`error\` frame with the same \`ref\`, over HTTP by its place
    in \`unreadable\`. Ids are values: capitals name the same one.
12. **A message of reports** has at most 1,000 items, 16 MiB, and 500,000 values (numbers, texts, lists, objects) before
    its last item. A longer frame closes the connection with 1009, more values are refused by \`too_many_items\`: send
    the reports in several messages. Send small ones: a frame of 1 MB at most keeps others from waiting behind it. A
    connection that is closed with 1013 \`overloaded\` lost nothing: come back, and report again.

## Frames from the worker

${frames('v1/worker-frames/')}

## Frames to the worker

${frames('v1/server-frames/')}

## HTTP verbs

The bodies of \`POST /api/v1/worker/<verb>\`. An answer comes after COMMIT, as with frames.

${frames('v1/http/')}
`,
};

function frames(prefix: string): string {
  return publishedContracts
    .filter(({ owner, name }) => owner === 'worker-protocol' && name.startsWith(prefix))
    .map((contract) => `### ${headingOf(prefix, contract.name.slice(prefix.length))}\n\n${contractSection(contract)}`)
    .join('\n\n');
}

/** A heading must be unique in the page: both directions have a \`heartbeat\`. */
function headingOf(prefix: string, name: string): string {
  if (prefix === 'v1/worker-frames/') return `${name} (from the worker)`;
  return prefix === 'v1/server-frames/' ? `${name} (to the worker)` : name;
}
