import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { EventRecord, StreamEntry } from '@taskflow/kit-messaging';
import { type Evidence, audit } from './event-audit.ts';

let ids = 0;
const event = (type: string, data: Record<string, unknown>): EventRecord => ({
  id: `event-${++ids}`,
  type: `taskflow.${type}.v1`,
  subject: '',
  key: '',
  time: 0,
  tenantId: '',
  data: { generation: 1, ...data },
});
const entry = (source: string, seq: number, ...events: EventRecord[]): StreamEntry => ({
  source,
  stream: 0,
  seq,
  events,
});
const created = (taskId: string) => event('task.created', { taskId });
const started = (taskId: string, attempt: number) => event('task.started', { taskId, attempt });
const completed = (taskId: string, attempt: number) => event('task.completed', { taskId, attempt });

/** Two tasks, one of them at its second attempt, everything as it must be. */
function sound(): Evidence {
  return {
    entries: [
      entry('task-management', 1, created('a')),
      entry('task-management', 2, created('b')),
      entry('task-execution', 1, started('a', 1), completed('a', 1)),
      entry('task-execution', 2, started('b', 1)),
      entry('task-execution', 3, started('b', 2), completed('b', 2)),
    ],
    heads: [
      { source: 'task-management', stream: 0, seq: 2 },
      { source: 'task-execution', stream: 0, seq: 3 },
    ],
    positions: [
      { consumer: 'task-execution', source: 'task-management', stream: 0, seq: 2 },
      { consumer: 'task-management', source: 'task-execution', stream: 0, seq: 3 },
    ],
    links: [
      { consumer: 'task-management', source: 'task-execution', stream: 0, after: 0, seq: 1 },
      { consumer: 'task-management', source: 'task-execution', stream: 0, after: 1, seq: 3 },
    ],
    tasks: [
      { id: 'a', type: 'sample', status: 'completed', generation: 1 },
      { id: 'b', type: 'sample', status: 'completed', generation: 1 },
    ],
    workflows: [],
    live: { waiting: 0, leased: 0, delayed: 0 },
  };
}
const promised = { taskIds: ['a', 'b'], workflowIds: [] };
const withEntries = (change: (entries: StreamEntry[]) => StreamEntry[]): Evidence => {
  const evidence = sound();
  return { ...evidence, entries: change([...evidence.entries]) };
};

const broken: readonly [what: string, evidence: Evidence, expected: RegExp][] = [
  [
    'an entry is missing',
    withEntries((all) => all.filter(({ source, seq }) => source !== 'task-execution' || seq !== 2)),
    /has 3 where 2 belongs/,
  ],
  ['the last entry is missing', withEntries((all) => all.slice(0, -1)), /holds 2 entries under head 3/],
  ['a number was drawn twice', withEntries((all) => [...all, entry('task-execution', 3)]), /has 3 where 4 belongs/],
  [
    'a consumer is behind',
    { ...sound(), positions: [{ consumer: 'task-execution', source: 'task-management', stream: 0, seq: 1 }] },
    /stands at 1/,
  ],
  ['nobody consumes', { ...sound(), positions: [] }, /nobody has a position/],
  [
    'a consumer jumped',
    {
      ...sound(),
      links: [
        { consumer: 'm', source: 'e', stream: 0, after: 0, seq: 1 },
        { consumer: 'm', source: 'e', stream: 0, after: 2, seq: 3 },
      ],
    },
    /jumped from 1 to 2/,
  ],
  [
    'a task ended twice',
    withEntries((all) => [
      ...all.slice(0, -1),
      entry('task-execution', 3, started('b', 2), completed('b', 2), completed('b', 2)),
    ]),
    /ended 2 times/,
  ],
  [
    'a task never ended',
    withEntries((all) => [...all.slice(0, -1), entry('task-execution', 3, started('b', 2))]),
    /ended 0 times/,
  ],
  [
    'a status contradicts its event',
    { ...sound(), tasks: [{ id: 'a', type: 'sample', status: 'failed', generation: 1 }] },
    /its event says completed/,
  ],
  [
    'an accepted task is lost',
    { ...sound(), tasks: [{ id: 'a', type: 'sample', status: 'completed', generation: 1 }] },
    /accepted b is lost/,
  ],
  [
    'a task was invented',
    withEntries((all) => [entry('task-management', 1, created('a'), created('ghost')), ...all.slice(1)]),
    /ghost was announced and does not exist/,
  ],
  [
    'a task was announced twice',
    withEntries((all) => [entry('task-management', 1, created('a'), created('a')), ...all.slice(1)]),
    /announced 2 times/,
  ],
  [
    'an attempt came back',
    withEntries((all) => [
      ...all.slice(0, -1),
      entry('task-execution', 3, started('b', 2), started('b', 1), completed('b', 1)),
    ]),
    /went back from attempt 2/,
  ],
  [
    'an attempt began after the ending',
    withEntries((all) => [...all.slice(0, -1), entry('task-execution', 3, completed('b', 2), started('b', 3))]),
    /after its ending/,
  ],
  ['work is left over', { ...sound(), live: { waiting: 0, leased: 1, delayed: 0 } }, /1 tasks are still leased/],
];

describe('the audit of the event log', () => {
  it('finds nothing where every promise was kept', () => {
    assert.deepEqual(audit(sound(), promised), []);
  });

  for (const [what, evidence, expected] of broken) {
    it(`sees that ${what}`, () => assert.match(audit(evidence, promised).join('\n'), expected));
  }

  it('sees an event that is in the log twice', () => {
    const evidence = sound();
    const [first] = evidence.entries;
    assert.match(
      audit({ ...evidence, entries: [...evidence.entries, ...(first ? [first] : [])] }, promised).join('\n'),
      /in the log 2 times/,
    );
  });
});
