// Made by `npm run statements` from queries/*.sql and the migrated schema. Not edited by hand.

import { type Column, type List, signature } from '@taskflow/kit-postgres';

/** What each statement takes and gives. */
export const signatures = {
  'accept-work': signature<readonly [
    Column<'tenantId', 'uuid', null, 'partition'>,
    Column<'queue', 'text', null, 'partition'>,
    Column<'type', 'text', null, 'partition'>,
    Column<'definition', 'text', null, 'partition'>,
    Column<'partition', 'int4', never, 'work'>,
    Column<'id', 'uuid', never, 'work'>,
    Column<'generation', 'int4', never, 'work'>,
    Column<'priority', 'int4', never, 'work'>,
    Column<'attemptMs', 'int8', null, 'work'>,
    Column<'totalMs', 'int8', null, 'work'>,
    Column<'payload', 'text', never, 'work'>,
    Column<'options', 'text', null, 'work'>,
    Column<'lease', 'uuid', null, 'work'>,
    Column<'session', 'uuid', null, 'work'>,
  ], {
    n: number;
  }>({
    partition: { tenantId: 'uuid', queue: 'text', type: 'text', definition: 'text' },
    work: { partition: 'int4', id: 'uuid', generation: 'int4', priority: 'int4', attemptMs: 'int8', totalMs: 'int8', payload: 'text', options: 'text', lease: 'uuid', session: 'uuid' },
  }),
  'announce-attempts': signature<readonly [
    Column<'tenantId', 'uuid'>,
    Column<'id', 'uuid'>,
    Column<'lease', 'uuid'>,
    number,
  ], {
    n: number;
    queue: string;
    type: string;
    priority: number;
    attempt: number;
    generation: number;
    queued_at: number;
    claimed_at: number;
    session: string;
    options: string | null;
  }>({
    rows: { tenantId: 'uuid', id: 'uuid', lease: 'uuid' },
  }),
  'cancel-delayed': signature<readonly [
    Column<'tenantId', 'uuid'>,
    Column<'id', 'uuid'>,
    Column<'generation', 'int4'>,
    number,
  ], {
    n: number;
    attempts: number;
    queue: string;
    type: string;
    options: string | null;
    outcome_unknown: boolean;
    lease: string | null;
    session: string | null;
  }>({
    rows: { tenantId: 'uuid', id: 'uuid', generation: 'int4' },
  }),
  'cancel-leased': signature<readonly [
    Column<'tenantId', 'uuid'>,
    Column<'id', 'uuid'>,
    Column<'generation', 'int4'>,
    number,
  ], {
    n: number;
    attempts: number;
    queue: string;
    type: string;
    options: string | null;
    outcome_unknown: boolean;
    lease: string;
    session: string;
  }>({
    rows: { tenantId: 'uuid', id: 'uuid', generation: 'int4' },
  }),
  'cancel-waiting': signature<readonly [
    Column<'tenantId', 'uuid'>,
    Column<'id', 'uuid'>,
    Column<'generation', 'int4'>,
    number,
  ], {
    n: number;
    attempts: number;
    queue: string;
    type: string;
    options: string | null;
    outcome_unknown: boolean;
    lease: string | null;
    session: string | null;
  }>({
    rows: { tenantId: 'uuid', id: 'uuid', generation: 'int4' },
  }),
  'claim-limited-work': signature<readonly [
    Column<'tenantId', 'uuid', never, 'partition'>,
    Column<'queue', 'text', never, 'partition'>,
    Column<'type', 'text', never, 'partition'>,
    Column<'definition', 'text', never, 'partition'>,
    Column<'lease', 'uuid', null, 'slot'>,
    Column<'session', 'uuid', never, 'slot'>,
    List<'uuid'>,
    number,
  ], {
    tenant_id: string;
    id: string;
    lease: string;
    session: string;
    seq: number;
    queue: string;
    type: string;
    definition: string;
    priority: number;
    attempt: number;
    generation: number;
    claimed_at: number;
    deadline_at: number | null;
    payload: string;
    options: string | null;
    bytes: number;
  }>({
    partition: { tenantId: 'uuid', queue: 'text', type: 'text', definition: 'text' },
    slot: { lease: 'uuid', session: 'uuid' },
  }),
  'claim-waiting-work': signature<readonly [
    Column<'tenantId', 'uuid', never, 'partition'>,
    Column<'queue', 'text', never, 'partition'>,
    Column<'type', 'text', never, 'partition'>,
    Column<'definition', 'text', never, 'partition'>,
    Column<'lease', 'uuid', null, 'slot'>,
    Column<'session', 'uuid', never, 'slot'>,
    List<'uuid'>,
    number,
  ], {
    tenant_id: string;
    id: string;
    lease: string;
    session: string;
    seq: number;
    queue: string;
    type: string;
    definition: string;
    priority: number;
    attempt: number;
    generation: number;
    claimed_at: number;
    deadline_at: number | null;
    payload: string;
    options: string | null;
    bytes: number;
  }>({
    partition: { tenantId: 'uuid', queue: 'text', type: 'text', definition: 'text' },
    slot: { lease: 'uuid', session: 'uuid' },
  }),
  'count-leases-of-sessions': signature<readonly [
    List<'uuid'>,
  ], {
    session: string;
    leases: number;
  }>(),
  'count-queues': signature<readonly [], {
    tenant_id: string;
    name: string;
    depth: number;
    running: number;
    delayed: number;
    oldest_ms: number;
  }>(),
  'dead-letter-work': signature<readonly [
    Column<'tenantId', 'uuid'>,
    Column<'id', 'uuid'>,
    Column<'taskId', 'uuid'>,
    Column<'generation', 'int4'>,
    Column<'queue', 'text'>,
    Column<'type', 'text'>,
    Column<'attempts', 'int4'>,
    Column<'reason', 'text'>,
    Column<'fingerprint', 'text'>,
    Column<'error', 'text'>,
    Column<'payload', 'text'>,
    Column<'options', 'text', null>,
  ], never>({
    rows: { tenantId: 'uuid', id: 'uuid', taskId: 'uuid', generation: 'int4', queue: 'text', type: 'text', attempts: 'int4', reason: 'text', fingerprint: 'text', error: 'text', payload: 'text', options: 'text' },
  }),
  'delay-work': signature<readonly [
    Column<'tenantId', 'uuid'>,
    Column<'id', 'uuid'>,
    Column<'seq', 'int8'>,
    Column<'queue', 'text'>,
    Column<'type', 'text'>,
    Column<'priority', 'int4'>,
    Column<'attempt', 'int4'>,
    Column<'generation', 'int4'>,
    Column<'attemptMs', 'int8', null>,
    Column<'expiresAt', 'timestamptz', null>,
    Column<'payload', 'text'>,
    Column<'options', 'text', null>,
    Column<'definition', 'text'>,
    Column<'outcomeUnknown', 'bool'>,
    Column<'dueAt', 'timestamptz'>,
  ], never>({
    rows: { tenantId: 'uuid', id: 'uuid', seq: 'int8', queue: 'text', type: 'text', priority: 'int4', attempt: 'int4', generation: 'int4', attemptMs: 'int8', expiresAt: 'timestamptz', payload: 'text', options: 'text', definition: 'text', outcomeUnknown: 'bool', dueAt: 'timestamptz' },
  }),
  'end-sessions': signature<readonly [
    List<'uuid'>,
  ], never>(),
  'expire-sessions': signature<readonly [
    List<'uuid'>,
  ], {
    id: string;
    name: string;
    tenant_id: string;
  }>(),
  'find-ended-sessions': signature<readonly [
    List<'uuid'>,
  ], {
    id: string;
  }>(),
  'find-generation': signature<readonly [
    string,
    string,
    string,
  ], {
    generation: number;
  }>(),
  'find-leases-of-session': signature<readonly [
    string,
  ], {
    tenant_id: string;
    id: string;
    lease: string;
    generation: number;
    announced: boolean;
    bytes: number;
  }>(),
  'find-partitions-of-worker': signature<readonly [
    string,
    List<'text'> | null,
    List<'text'>,
    string,
    number,
  ], {
    queue: string;
    types: string[];
  }>(),
  'find-session': signature<readonly [
    string,
  ], {
    id: string;
    tenant_id: string;
    name: string;
    queues: string[] | null;
    types: string[];
    definitions: string[];
    concurrency: number;
    created_at: number;
  }>(),
  'finish-attempts': signature<readonly [
    Column<'tenantId', 'uuid'>,
    Column<'id', 'uuid'>,
    Column<'lease', 'uuid'>,
    number,
  ], {
    n: number;
    queue: string;
    type: string;
    priority: number;
    attempt: number;
    generation: number;
    queued_at: number;
    claimed_at: number;
    session: string;
    announced: boolean;
    options: string | null;
  }>({
    rows: { tenantId: 'uuid', id: 'uuid', lease: 'uuid' },
  }),
  'forget-dead-letters': signature<readonly [
    Column<'tenantId', 'uuid'>,
    Column<'taskId', 'uuid'>,
    number,
  ], never>({
    rows: { tenantId: 'uuid', taskId: 'uuid' },
  }),
  'gate-running-work': signature<readonly [
    string,
    string,
  ], never>(),
  'hold-running-work': signature<readonly [], never>(),
  'list-dead-letters': signature<readonly [
    string,
    string | null,
    string | null,
    string | null,
    number,
    number,
  ], {
    id: string;
    task_id: string;
    generation: number;
    queue: string;
    type: string;
    attempts: number;
    reason: string;
    fingerprint: string;
    error: string;
    payload: string;
    buried_at: number;
    found: number;
  }>(),
  'list-late-work': signature<readonly [
    string,
    number,
    number,
    List<'uuid'>,
  ], {
    tenant_id: string;
    id: string;
    generation: number;
  }>(),
  'list-partitions-in-use': signature<readonly [
    string,
    string,
    string,
    string,
    number,
  ], {
    tenant_id: string;
    queue: string;
    type: string;
    definition: string;
  }>(),
  'list-queue-settings': signature<readonly [], {
    tenant_id: string;
    name: string;
    paused: boolean;
    concurrency: number | null;
  }>(),
  'lock-limited-queues': signature<readonly [
    Column<'tenantId', 'uuid'>,
    Column<'name', 'text'>,
    number,
  ], {
    name: string;
  }>({
    rows: { tenantId: 'uuid', name: 'text' },
  }),
  'look-at-leases': signature<readonly [
    string,
    string,
    number,
    number,
  ], {
    tenant_id: string;
    id: string;
    lease: string;
    session: string;
    bytes: number;
    orphaned: boolean;
    settled: boolean;
  }>(),
  'look-for-expired-sessions': signature<readonly [
    number,
    List<'uuid'>,
  ], {
    id: string;
  }>(),
  'look-for-late-work': signature<readonly [
    number,
    List<'uuid'>,
  ], {
    waiting: boolean;
    delayed: boolean;
    overdue: boolean;
    next_due_ms: number | null;
  }>(),
  'open-session': signature<readonly [
    string,
    string,
    string,
    List<'text'> | null,
    List<'text'>,
    List<'text'>,
    number,
    number,
  ], {
    created_at: number;
  }>(),
  'read-now': signature<readonly [], {
    now: number;
  }>(),
  'record-clean-stop': signature<readonly [], never>(),
  'renew-sessions': signature<readonly [
    List<'uuid'>,
    number,
  ], {
    id: string;
  }>(),
  'reprioritize-delayed': signature<readonly [
    Column<'tenantId', 'uuid'>,
    Column<'id', 'uuid'>,
    Column<'generation', 'int4'>,
    Column<'priority', 'int4'>,
    number,
  ], never>({
    rows: { tenantId: 'uuid', id: 'uuid', generation: 'int4', priority: 'int4' },
  }),
  'reprioritize-leased': signature<readonly [
    Column<'tenantId', 'uuid'>,
    Column<'id', 'uuid'>,
    Column<'generation', 'int4'>,
    Column<'priority', 'int4'>,
    number,
  ], never>({
    rows: { tenantId: 'uuid', id: 'uuid', generation: 'int4', priority: 'int4' },
  }),
  'reprioritize-waiting': signature<readonly [
    Column<'tenantId', 'uuid'>,
    Column<'id', 'uuid'>,
    Column<'generation', 'int4'>,
    Column<'priority', 'int4'>,
    number,
  ], never>({
    rows: { tenantId: 'uuid', id: 'uuid', generation: 'int4', priority: 'int4' },
  }),
  'requeue-work': signature<readonly [
    Column<'tenantId', 'uuid'>,
    Column<'id', 'uuid'>,
    Column<'seq', 'int8'>,
    Column<'queue', 'text'>,
    Column<'type', 'text'>,
    Column<'priority', 'int4'>,
    Column<'attempt', 'int4'>,
    Column<'generation', 'int4'>,
    Column<'attemptMs', 'int8', null>,
    Column<'expiresAt', 'timestamptz', null>,
    Column<'payload', 'text'>,
    Column<'options', 'text', null>,
    Column<'definition', 'text'>,
    Column<'outcomeUnknown', 'bool'>,
  ], never>({
    rows: { tenantId: 'uuid', id: 'uuid', seq: 'int8', queue: 'text', type: 'text', priority: 'int4', attempt: 'int4', generation: 'int4', attemptMs: 'int8', expiresAt: 'timestamptz', payload: 'text', options: 'text', definition: 'text', outcomeUnknown: 'bool' },
  }),
  'resume-session': signature<readonly [
    string,
    string,
    string,
    List<'text'> | null,
    List<'text'>,
    List<'text'>,
    number,
    number,
  ], {
    created_at: number;
  }>(),
  'set-queue-concurrency': signature<readonly [
    string,
    string,
    number | null,
  ], never>(),
  'set-queue-paused': signature<readonly [
    string,
    string,
    boolean,
  ], never>(),
  'stage-due-work': signature<readonly [
    number,
    number,
    List<'uuid'>,
    List<'uuid'> | null,
  ], {
    tenant_id: string;
    queue: string;
    type: string;
    definition: string;
  }>(),
  'take-attempts': signature<readonly [
    Column<'tenantId', 'uuid'>,
    Column<'id', 'uuid'>,
    Column<'lease', 'uuid'>,
    number,
  ], {
    n: number;
    tenant_id: string;
    id: string;
    lease: string;
    session: string;
    seq: number;
    queue: string;
    type: string;
    priority: number;
    attempt: number;
    generation: number;
    attempt_ms: number | null;
    expires_at: number | null;
    queued_at: number;
    claimed_at: number;
    deadline_at: number | null;
    announced: boolean;
    gate: string | null;
    payload: string;
    options: string | null;
    definition: string;
    outcome_unknown: boolean;
  }>({
    rows: { tenantId: 'uuid', id: 'uuid', lease: 'uuid' },
  }),
  'take-clean-stop': signature<readonly [], {
    clean: boolean;
  }>(),
  'take-expired-delayed': signature<readonly [
    number,
    number,
    List<'uuid'>,
    List<'uuid'> | null,
  ], {
    tenant_id: string;
    id: string;
    seq: number;
    queue: string;
    type: string;
    priority: number;
    attempt: number;
    generation: number;
    attempt_ms: number | null;
    expires_at: number | null;
    due_at: number;
    payload: string;
    options: string | null;
    definition: string;
    outcome_unknown: boolean;
  }>(),
  'take-expired-waiting': signature<readonly [
    number,
    number,
    List<'uuid'>,
    List<'uuid'> | null,
  ], {
    tenant_id: string;
    id: string;
    seq: number;
    queue: string;
    type: string;
    priority: number;
    attempt: number;
    generation: number;
    attempt_ms: number | null;
    expires_at: number | null;
    queued_at: number;
    payload: string;
    options: string | null;
    definition: string;
    outcome_unknown: boolean;
  }>(),
  'take-lost-attempts': signature<readonly [
    Column<'tenantId', 'uuid'>,
    Column<'id', 'uuid'>,
    Column<'lease', 'uuid'>,
    number,
  ], {
    n: number;
    tenant_id: string;
    id: string;
    lease: string;
    session: string;
    seq: number;
    queue: string;
    type: string;
    priority: number;
    attempt: number;
    generation: number;
    attempt_ms: number | null;
    expires_at: number | null;
    queued_at: number;
    claimed_at: number;
    deadline_at: number | null;
    announced: boolean;
    gate: string | null;
    payload: string;
    options: string | null;
    definition: string;
    outcome_unknown: boolean;
  }>({
    rows: { tenantId: 'uuid', id: 'uuid', lease: 'uuid' },
  }),
  'take-overdue-attempts': signature<readonly [
    number,
    number,
    number,
    List<'uuid'>,
    List<'uuid'> | null,
  ], {
    tenant_id: string;
    id: string;
    lease: string;
    session: string;
    seq: number;
    queue: string;
    type: string;
    priority: number;
    attempt: number;
    generation: number;
    attempt_ms: number | null;
    expires_at: number | null;
    queued_at: number;
    claimed_at: number;
    deadline_at: number | null;
    announced: boolean;
    gate: string | null;
    payload: string;
    options: string | null;
    definition: string;
    outcome_unknown: boolean;
  }>(),
  'verify-leases': signature<readonly [
    Column<'tenantId', 'uuid'>,
    Column<'id', 'uuid'>,
    Column<'lease', 'uuid'>,
    number,
  ], {
    n: number;
    attempt: number;
    generation: number;
    options: string | null;
  }>({
    rows: { tenantId: 'uuid', id: 'uuid', lease: 'uuid' },
  }),
};
