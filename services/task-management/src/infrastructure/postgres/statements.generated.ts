// Made by `npm run statements` from queries/*.sql and the migrated schema. Not edited by hand.

import { type Column, signature } from '@taskflow/kit-postgres';

/** What each statement takes and gives. */
export const signatures = {
  'apply-task-commands': signature<readonly [
    Column<'tenantId', 'uuid'>,
    Column<'id', 'uuid'>,
    Column<'generation', 'int4'>,
    Column<'priority', 'int4'>,
    Column<'cancelRequested', 'bool'>,
    Column<'cancelReason', 'text', null>,
    Column<'finishedAt', 'timestamptz', null>,
    number,
  ], {
    changed: number;
  }>({
    rows: { tenantId: 'uuid', id: 'uuid', generation: 'int4', priority: 'int4', cancelRequested: 'bool', cancelReason: 'text', finishedAt: 'timestamptz' },
  }),
  'claim-idempotency-keys': signature<readonly [
    Column<'tenantId', 'uuid'>,
    Column<'route', 'text'>,
    Column<'key', 'text'>,
    Column<'fingerprint', 'bytea'>,
    Column<'subjectIds', 'text'>,
    Column<'createdAt', 'timestamptz'>,
  ], {
    tenant_id: string;
    route: string;
    key: string;
  }>({
    rows: { tenantId: 'uuid', route: 'text', key: 'text', fingerprint: 'bytea', subjectIds: 'text', createdAt: 'timestamptz' },
  }),
  'close-items': signature<readonly [
    Column<'tenantId', 'uuid'>,
    Column<'id', 'uuid'>,
    string | null,
    number,
  ], never>({
    rows: { tenantId: 'uuid', id: 'uuid' },
  }),
  'close-steps': signature<readonly [
    Column<'tenantId', 'uuid'>,
    Column<'workflowId', 'uuid'>,
    Column<'after', 'uuid', null>,
    Column<'children', 'int4'>,
    number,
    number,
  ], {
    tenant_id: string;
    workflow_id: string;
    step: string | null;
    generation: number | null;
    scanned_to: string | null;
  }>({
    rows: { tenantId: 'uuid', workflowId: 'uuid', after: 'uuid', children: 'int4' },
  }),
  'collect-items': signature<readonly [
    Column<'tenantId', 'uuid', never, 'steps'>,
    Column<'id', 'uuid', never, 'steps'>,
    number,
    Column<'tenantId', 'uuid', never, 'items'>,
    Column<'id', 'uuid', never, 'items'>,
    Column<'step', 'int4', never, 'items'>,
    number,
    number,
  ], {
    id: string;
    outcome: string;
  }>({
    steps: { tenantId: 'uuid', id: 'uuid' },
    items: { tenantId: 'uuid', id: 'uuid', step: 'int4' },
  }),
  'commit-synchronously': signature<readonly [], {
    set_config: string;
  }>(),
  'count-descendants': signature<readonly [
    Column<'tenantId', 'uuid'>,
    Column<'id', 'uuid'>,
    Column<'more', 'int4', null>,
    number,
  ], {
    counted: number;
  }>({
    rows: { tenantId: 'uuid', id: 'uuid', more: 'int4' },
  }),
  'count-ended-items': signature<readonly [
    Column<'tenantId', 'uuid'>,
    Column<'workflowId', 'uuid'>,
    Column<'step', 'text'>,
    Column<'completed', 'int4', null>,
    Column<'failed', 'int4', null>,
    Column<'unknown', 'int4', null>,
    number,
  ], never>({
    rows: { tenantId: 'uuid', workflowId: 'uuid', step: 'text', completed: 'int4', failed: 'int4', unknown: 'int4' },
  }),
  'count-kept-signals': signature<readonly [
    Column<'tenantId', 'uuid', null>,
    Column<'id', 'uuid'>,
    number,
    number,
  ], {
    id: string;
    signals: number;
  }>({
    rows: { tenantId: 'uuid', id: 'uuid' },
  }),
  'count-stuck': signature<readonly [
    number,
  ], {
    tasks: number;
    workflows: number;
  }>(),
  'delete-fan-outs': signature<readonly [
    Column<'tenantId', 'uuid'>,
    Column<'workflowId', 'uuid'>,
    Column<'step', 'text'>,
    Column<'revision', 'int4'>,
    number,
  ], {
    removed: number;
  }>({
    rows: { tenantId: 'uuid', workflowId: 'uuid', step: 'text', revision: 'int4' },
  }),
  'delete-waits': signature<readonly [
    Column<'tenantId', 'uuid'>,
    Column<'workflowId', 'uuid'>,
    Column<'step', 'text'>,
    number,
  ], {
    removed: number;
  }>({
    rows: { tenantId: 'uuid', workflowId: 'uuid', step: 'text' },
  }),
  'discard-fan-outs': signature<readonly [
    Column<'tenantId', 'uuid'>,
    Column<'workflowId', 'uuid'>,
    Column<'after', 'text', null>,
    number,
    number,
  ], {
    tenant_id: string;
    workflow_id: string;
    scanned_to: string;
  }>({
    rows: { tenantId: 'uuid', workflowId: 'uuid', after: 'text' },
  }),
  'discard-inputs': signature<readonly [
    Column<'tenantId', 'uuid'>,
    Column<'workflowId', 'uuid'>,
    Column<'after', 'text', null>,
    number,
    number,
  ], {
    tenant_id: string;
    workflow_id: string;
    scanned_to: string;
  }>({
    rows: { tenantId: 'uuid', workflowId: 'uuid', after: 'text' },
  }),
  'discard-waits': signature<readonly [
    Column<'tenantId', 'uuid'>,
    Column<'workflowId', 'uuid'>,
    Column<'after', 'text', null>,
    number,
    number,
  ], {
    tenant_id: string;
    workflow_id: string;
    scanned_to: string;
  }>({
    rows: { tenantId: 'uuid', workflowId: 'uuid', after: 'text' },
  }),
  'discard-workflows': signature<readonly [
    Column<'tenantId', 'uuid'>,
    Column<'id', 'uuid'>,
    Column<'reason', 'text', null>,
    number,
  ], {
    discarded: number;
  }>({
    rows: { tenantId: 'uuid', id: 'uuid', reason: 'text' },
  }),
  'end-event-deliveries': signature<readonly [
    Column<'tenantId', 'uuid'>,
    Column<'id', 'uuid'>,
    number,
  ], {
    ended: number;
  }>({
    rows: { tenantId: 'uuid', id: 'uuid' },
  }),
  'end-steps': signature<readonly [
    Column<'tenantId', 'uuid'>,
    Column<'id', 'uuid'>,
    Column<'generation', 'int4'>,
    Column<'status', 'text'>,
    Column<'result', 'text', null>,
    Column<'error', 'text', null>,
    Column<'finishedAt', 'timestamptz', null>,
    Column<'outcomeUnknown', 'bool', null>,
    number,
  ], {
    ended: number;
  }>({
    rows: { tenantId: 'uuid', id: 'uuid', generation: 'int4', status: 'text', result: 'text', error: 'text', finishedAt: 'timestamptz', outcomeUnknown: 'bool' },
  }),
  'insert-children': signature<readonly [
    Column<'tenantId', 'uuid'>,
    Column<'id', 'uuid'>,
    Column<'name', 'text'>,
    Column<'version', 'int4', null>,
    Column<'hash', 'text'>,
    Column<'steps', 'int4'>,
    Column<'input', 'text'>,
    Column<'options', 'text', null>,
    Column<'createdAt', 'timestamptz'>,
    Column<'parentId', 'uuid', null>,
    Column<'parentStep', 'text', null>,
  ], {
    inserted: number;
  }>({
    rows: { tenantId: 'uuid', id: 'uuid', name: 'text', version: 'int4', hash: 'text', steps: 'int4', input: 'text', options: 'text', createdAt: 'timestamptz', parentId: 'uuid', parentStep: 'text' },
  }),
  'insert-event-deliveries': signature<readonly [
    Column<'tenantId', 'uuid'>,
    Column<'id', 'uuid'>,
    Column<'name', 'text'>,
    Column<'key', 'text'>,
    Column<'payload', 'text'>,
    Column<'above', 'float8'>,
    Column<'upTo', 'float8'>,
  ], never>({
    rows: { tenantId: 'uuid', id: 'uuid', name: 'text', key: 'text', payload: 'text', above: 'float8', upTo: 'float8' },
  }),
  'insert-fan-outs': signature<readonly [
    Column<'tenantId', 'uuid'>,
    Column<'workflowId', 'uuid'>,
    Column<'step', 'text'>,
    Column<'total', 'int4'>,
    Column<'laid', 'int4'>,
    Column<'largest', 'int4'>,
    Column<'started', 'int4'>,
    Column<'completed', 'int4'>,
    Column<'failed', 'int4'>,
    Column<'unknown', 'int4'>,
    Column<'closed', 'bool'>,
  ], {
    inserted: number;
  }>({
    rows: { tenantId: 'uuid', workflowId: 'uuid', step: 'text', total: 'int4', laid: 'int4', largest: 'int4', started: 'int4', completed: 'int4', failed: 'int4', unknown: 'int4', closed: 'bool' },
  }),
  'insert-graphs': signature<readonly [
    Column<'tenantId', 'uuid'>,
    Column<'hash', 'text'>,
    Column<'graph', 'text'>,
  ], never>({
    rows: { tenantId: 'uuid', hash: 'text', graph: 'text' },
  }),
  'insert-step-rows': signature<readonly [
    Column<'tenantId', 'uuid'>,
    Column<'id', 'uuid'>,
    Column<'type', 'text'>,
    Column<'queue', 'text'>,
    Column<'priority', 'int4'>,
    Column<'payload', 'text'>,
    Column<'options', 'text', null>,
    Column<'workflowId', 'uuid', null>,
    Column<'step', 'text', null>,
    Column<'createdAt', 'timestamptz'>,
    Column<'status', 'text'>,
    Column<'result', 'text', null>,
    Column<'error', 'text', null>,
    Column<'startedAt', 'timestamptz', null>,
    Column<'finishedAt', 'timestamptz', null>,
  ], {
    inserted: number;
  }>({
    rows: { tenantId: 'uuid', id: 'uuid', type: 'text', queue: 'text', priority: 'int4', payload: 'text', options: 'text', workflowId: 'uuid', step: 'text', createdAt: 'timestamptz', status: 'text', result: 'text', error: 'text', startedAt: 'timestamptz', finishedAt: 'timestamptz' },
  }),
  'insert-steps': signature<readonly [
    Column<'tenantId', 'uuid'>,
    Column<'id', 'uuid'>,
    Column<'type', 'text'>,
    Column<'queue', 'text'>,
    Column<'priority', 'int4'>,
    Column<'payload', 'text'>,
    Column<'options', 'text', null>,
    Column<'workflowId', 'uuid', null>,
    Column<'step', 'text', null>,
    Column<'createdAt', 'timestamptz'>,
  ], {
    inserted: number;
  }>({
    rows: { tenantId: 'uuid', id: 'uuid', type: 'text', queue: 'text', priority: 'int4', payload: 'text', options: 'text', workflowId: 'uuid', step: 'text', createdAt: 'timestamptz' },
  }),
  'insert-tasks': signature<readonly [
    Column<'tenantId', 'uuid'>,
    Column<'id', 'uuid'>,
    Column<'type', 'text'>,
    Column<'queue', 'text'>,
    Column<'priority', 'int4'>,
    Column<'payload', 'text'>,
    Column<'options', 'text', null>,
    Column<'workflowId', 'uuid', null>,
    Column<'step', 'text', null>,
    Column<'createdAt', 'timestamptz'>,
  ], never>({
    rows: { tenantId: 'uuid', id: 'uuid', type: 'text', queue: 'text', priority: 'int4', payload: 'text', options: 'text', workflowId: 'uuid', step: 'text', createdAt: 'timestamptz' },
  }),
  'insert-waits': signature<readonly [
    Column<'tenantId', 'uuid'>,
    Column<'workflowId', 'uuid'>,
    Column<'step', 'text'>,
    Column<'kind', 'text'>,
    Column<'dueAt', 'timestamptz', null>,
    Column<'name', 'text', null>,
    Column<'key', 'text', null>,
    Column<'afterMs', 'float8', null>,
  ], {
    inserted: number;
  }>({
    rows: { tenantId: 'uuid', workflowId: 'uuid', step: 'text', kind: 'text', dueAt: 'timestamptz', name: 'text', key: 'text', afterMs: 'float8' },
  }),
  'insert-workflows': signature<readonly [
    Column<'tenantId', 'uuid'>,
    Column<'id', 'uuid'>,
    Column<'name', 'text'>,
    Column<'version', 'int4', null>,
    Column<'hash', 'text'>,
    Column<'steps', 'int4'>,
    Column<'input', 'text'>,
    Column<'options', 'text', null>,
    Column<'createdAt', 'timestamptz'>,
    Column<'status', 'text'>,
  ], never>({
    rows: { tenantId: 'uuid', id: 'uuid', name: 'text', version: 'int4', hash: 'text', steps: 'int4', input: 'text', options: 'text', createdAt: 'timestamptz', status: 'text' },
  }),
  'keep-inputs': signature<readonly [
    Column<'tenantId', 'uuid'>,
    Column<'workflowId', 'uuid'>,
    Column<'kind', 'text'>,
    Column<'input', 'text'>,
  ], never>({
    rows: { tenantId: 'uuid', workflowId: 'uuid', kind: 'text', input: 'text' },
  }),
  'keep-signals': signature<readonly [
    Column<'tenantId', 'uuid'>,
    Column<'workflowId', 'uuid'>,
    Column<'name', 'text'>,
    Column<'payload', 'text'>,
    Column<'receivedAt', 'timestamptz'>,
  ], never>({
    rows: { tenantId: 'uuid', workflowId: 'uuid', name: 'text', payload: 'text', receivedAt: 'timestamptz' },
  }),
  'lay-items-again': signature<readonly [
    Column<'tenantId', 'uuid'>,
    Column<'id', 'uuid'>,
    Column<'type', 'text'>,
    Column<'queue', 'text'>,
    Column<'priority', 'int4'>,
    Column<'payload', 'text'>,
    Column<'options', 'text', null>,
    Column<'workflowId', 'uuid', null>,
    Column<'step', 'text', null>,
    Column<'createdAt', 'timestamptz'>,
    Column<'status', 'text'>,
  ], {
    id: string;
    generation: number;
  }>({
    rows: { tenantId: 'uuid', id: 'uuid', type: 'text', queue: 'text', priority: 'int4', payload: 'text', options: 'text', workflowId: 'uuid', step: 'text', createdAt: 'timestamptz', status: 'text' },
  }),
  'list-definitions': signature<readonly [
    string,
  ], {
    name: string;
    version: number;
    hash: string;
    steps: number;
    created_at: number;
  }>(),
  'list-tasks': signature<readonly [
    string,
    string | null,
    string | null,
    string | null,
    string | null,
    string | null,
    number,
    number,
    number,
  ], {
    tenant_id: string | null;
    id: string | null;
    generation: number | null;
    type: string | null;
    queue: string | null;
    priority: number | null;
    status: string | null;
    attempts: number | null;
    payload: string | null;
    result: string | null;
    error: string | null;
    progress: string | null;
    options: string | null;
    cancel_requested: boolean | null;
    workflow_id: string | null;
    step: string | null;
    created_at: number | null;
    started_at: number | null;
    finished_at: number | null;
    stuck_at: number | null;
    scanned_to: string | null;
  }>(),
  'list-workflow-tasks': signature<readonly [
    string,
    string,
    string | null,
    string | null,
    string | null,
    string | null,
    string | null,
    number,
    number,
  ], {
    tenant_id: string;
    id: string;
    generation: number;
    type: string;
    queue: string;
    priority: number;
    status: string;
    attempts: number;
    payload: string;
    result: string | null;
    error: string | null;
    progress: string | null;
    options: string | null;
    cancel_requested: boolean;
    workflow_id: string;
    step: string;
    created_at: number;
    started_at: number | null;
    finished_at: number | null;
    stuck_at: number | null;
    scanned_to: string | null;
  }>(),
  'list-workflows': signature<readonly [
    string,
    string | null,
    string | null,
    string | null,
    number | null,
    string | null,
    string | null,
    number,
    number,
  ], {
    tenant_id: string | null;
    id: string | null;
    name: string | null;
    version: number | null;
    hash: string | null;
    steps: number | null;
    status: string | null;
    cancel_requested: boolean | null;
    cancel_reason: string | null;
    pause_reason: string | null;
    parent_id: string | null;
    parent_step: string | null;
    created_at: number | null;
    finished_at: number | null;
    stuck_at: number | null;
    scanned_to: string | null;
  }>(),
  'load-definitions': signature<readonly [
    Column<'tenantId', 'uuid'>,
    Column<'name', 'text'>,
    Column<'version', 'int4', null>,
    number,
  ], {
    n: number;
    version: number;
    hash: string;
    steps: number;
  }>({
    rows: { tenantId: 'uuid', name: 'text', version: 'int4' },
  }),
  'load-errors': signature<readonly [
    Column<'tenantId', 'uuid'>,
    Column<'id', 'uuid'>,
    number,
  ], {
    id: string;
    error: string;
  }>({
    rows: { tenantId: 'uuid', id: 'uuid' },
  }),
  'load-graphs': signature<readonly [
    Column<'tenantId', 'uuid'>,
    Column<'hash', 'text'>,
    number,
  ], {
    hash: string;
    graph: string;
  }>({
    rows: { tenantId: 'uuid', hash: 'text' },
  }),
  'load-results': signature<readonly [
    Column<'tenantId', 'uuid'>,
    Column<'id', 'uuid'>,
    number,
    number,
  ], {
    id: string;
    bytes: number | null;
    result: string | null;
  }>({
    rows: { tenantId: 'uuid', id: 'uuid' },
  }),
  'load-rows-to-reset': signature<readonly [
    Column<'tenantId', 'uuid'>,
    Column<'id', 'uuid'>,
    number,
  ], {
    workflow_id: string;
    step: string;
    generation: number;
  }>({
    rows: { tenantId: 'uuid', id: 'uuid' },
  }),
  'load-signals': signature<readonly [
    Column<'tenantId', 'uuid'>,
    Column<'id', 'uuid'>,
    number,
  ], {
    workflow_id: string;
    name: string;
    kept: number;
  }>({
    rows: { tenantId: 'uuid', id: 'uuid' },
  }),
  'load-step-statuses': signature<readonly [
    Column<'tenantId', 'uuid'>,
    Column<'id', 'uuid'>,
    number,
  ], {
    workflow_id: string;
    id: string;
    step: string;
    generation: number;
    status: string;
    outcome_unknown: boolean;
    fan_out: string | null;
  }>({
    rows: { tenantId: 'uuid', id: 'uuid' },
  }),
  'load-waits': signature<readonly [
    Column<'tenantId', 'uuid'>,
    Column<'id', 'uuid'>,
    number,
  ], {
    workflow_id: string;
    step: string;
    kind: string;
    key: string | null;
  }>({
    rows: { tenantId: 'uuid', id: 'uuid' },
  }),
  'load-workflows': signature<readonly [
    Column<'tenantId', 'uuid'>,
    Column<'id', 'uuid'>,
    number,
    number | null,
  ], {
    tenant_id: string;
    id: string;
    name: string;
    version: number | null;
    hash: string;
    status: string;
    input: string;
    error: string | null;
    failed_step: string | null;
    cancel_requested: boolean;
    cancel_reason: string | null;
    pause_reason: string | null;
    options: string | null;
    created_at: number;
    parent_id: string | null;
    parent_step: string | null;
    stuck_from: string | null;
    stuck_error: string | null;
    fits: boolean;
  }>({
    rows: { tenantId: 'uuid', id: 'uuid' },
  }),
  'lock-tasks': signature<readonly [
    Column<'tenantId', 'uuid'>,
    Column<'id', 'uuid'>,
    number,
  ], {
    tenant_id: string;
    id: string;
    generation: number;
    type: string;
    queue: string;
    priority: number;
    status: string;
    attempts: number;
    payload: string;
    options: string | null;
    cancel_requested: boolean;
    cancel_reason: string | null;
    workflow_id: string | null;
    step: string | null;
    created_at: number;
  }>({
    rows: { tenantId: 'uuid', id: 'uuid' },
  }),
  'mark-outcomes-unknown': signature<readonly [
    Column<'tenantId', 'uuid'>,
    Column<'id', 'uuid'>,
    Column<'generation', 'int4'>,
    number,
  ], never>({
    rows: { tenantId: 'uuid', id: 'uuid', generation: 'int4' },
  }),
  'measure-event-waits': signature<readonly [
    Column<'tenantId', 'uuid', null>,
    Column<'name', 'text', null>,
    Column<'key', 'text', null>,
    number,
  ], {
    n: number;
    above: number;
    up_to: number;
    waiting: number;
  }>({
    rows: { tenantId: 'uuid', name: 'text', key: 'text' },
  }),
  'move-event-deliveries': signature<readonly [
    Column<'tenantId', 'uuid'>,
    Column<'id', 'uuid'>,
    Column<'above', 'float8', null>,
    Column<'next', 'float8'>,
    number,
  ], {
    moved: number;
  }>({
    rows: { tenantId: 'uuid', id: 'uuid', above: 'float8', next: 'float8' },
  }),
  'park-tasks': signature<readonly [
    Column<'tenantId', 'uuid'>,
    Column<'id', 'uuid'>,
    Column<'generation', 'int4'>,
    Column<'error', 'text', null>,
    number,
  ], {
    tenant_id: string;
    id: string;
    generation: number;
    status: string;
    type: string;
    queue: string;
    cancel_reason: string | null;
    workflow_id: string | null;
    step: string | null;
  }>({
    rows: { tenantId: 'uuid', id: 'uuid', generation: 'int4', error: 'text' },
  }),
  'park-workflows': signature<readonly [
    Column<'tenantId', 'uuid'>,
    Column<'id', 'uuid'>,
    Column<'error', 'text', null>,
    number,
  ], {
    parked: number;
  }>({
    rows: { tenantId: 'uuid', id: 'uuid', error: 'text' },
  }),
  'read-definition': signature<readonly [
    string,
    string,
    number | null,
  ], {
    name: string;
    version: number;
    hash: string;
    steps: number;
    created_at: number;
    graph: string;
  }>(),
  'read-definition-versions': signature<readonly [
    string,
    string,
  ], {
    name: string;
    version: number;
    hash: string;
    steps: number;
    created_at: number;
    graph: string;
  }>(),
  'read-descendants': signature<readonly [
    Column<'tenantId', 'uuid'>,
    Column<'id', 'uuid'>,
    number,
  ], {
    id: string;
    descendants: number;
  }>({
    rows: { tenantId: 'uuid', id: 'uuid' },
  }),
  'read-due-waits': signature<readonly [
    number,
  ], {
    tenant_id: string;
    workflow_id: string;
    step: string;
  }>(),
  'read-event-deliveries': signature<readonly [
    string,
    string,
    number,
  ], {
    tenant_id: string;
    id: string;
    name: string;
    key: string;
    payload: string;
    above: number;
    up_to: number;
  }>(),
  'read-graph': signature<readonly [
    string,
    string,
  ], {
    graph: string;
  }>(),
  'read-idempotency-keys': signature<readonly [
    Column<'tenantId', 'uuid'>,
    Column<'route', 'text'>,
    Column<'key', 'text'>,
    number,
  ], {
    tenant_id: string;
    route: string;
    key: string;
    fingerprint: Buffer;
    subject_ids: string[];
  }>({
    rows: { tenantId: 'uuid', route: 'text', key: 'text' },
  }),
  'read-next-wait': signature<readonly [], {
    due_at: number;
    in_ms: number;
  }>(),
  'read-receipt': signature<readonly [
    number,
    string,
  ], {
    found: number;
  }>(),
  'read-step-rows': signature<readonly [
    Column<'tenantId', 'uuid'>,
    Column<'id', 'uuid'>,
    number,
  ], {
    workflow_id: string;
    id: string;
    step: string;
    generation: number;
    status: string;
    attempts: number;
    error: string | null;
    progress: string | null;
    started_at: number | null;
    finished_at: number | null;
    outcome_unknown: boolean;
    cancel_reason: string | null;
    result: string | null;
    result_omitted: boolean;
    fanned_out: number | null;
  }>({
    rows: { tenantId: 'uuid', id: 'uuid' },
  }),
  'read-tasks': signature<readonly [
    Column<'tenantId', 'uuid'>,
    Column<'id', 'uuid'>,
    number,
  ], {
    tenant_id: string;
    id: string;
    generation: number;
    type: string;
    queue: string;
    priority: number;
    status: string;
    attempts: number;
    payload: string;
    result: string | null;
    error: string | null;
    progress: string | null;
    options: string | null;
    cancel_requested: boolean;
    workflow_id: string | null;
    step: string | null;
    created_at: number;
    started_at: number | null;
    finished_at: number | null;
    stuck_at: number | null;
    covered: number;
  }>({
    rows: { tenantId: 'uuid', id: 'uuid' },
  }),
  'read-workflow-items': signature<readonly [
    Column<'tenantId', 'uuid'>,
    Column<'id', 'uuid'>,
    number,
  ], {
    workflow_id: string;
    step: string;
    total: number;
    blocked: number;
    skipped: number;
    completed: number;
    failed: number;
    unknown: number;
  }>({
    rows: { tenantId: 'uuid', id: 'uuid' },
  }),
  'read-workflow-tasks': signature<readonly [
    Column<'tenantId', 'uuid'>,
    Column<'id', 'uuid'>,
    number,
  ], {
    workflow_id: string;
    id: string;
    step: string;
    generation: number;
    status: string;
    attempts: number;
    error: string | null;
    progress: string | null;
    started_at: number | null;
    finished_at: number | null;
    outcome_unknown: boolean;
    cancel_reason: string | null;
    result: string | null;
    result_omitted: boolean;
  }>({
    rows: { tenantId: 'uuid', id: 'uuid' },
  }),
  'read-workflow-waits': signature<readonly [
    Column<'tenantId', 'uuid'>,
    Column<'id', 'uuid'>,
  ], {
    workflow_id: string;
    step: string;
    kind: string;
    due_at: number | null;
    name: string | null;
    key: string | null;
  }>({
    rows: { tenantId: 'uuid', id: 'uuid' },
  }),
  'read-workflows': signature<readonly [
    Column<'tenantId', 'uuid'>,
    Column<'id', 'uuid'>,
    number,
  ], {
    tenant_id: string;
    id: string;
    name: string;
    version: number | null;
    hash: string;
    steps: number;
    status: string;
    input: string;
    output: string | null;
    error: string | null;
    failed_step: string | null;
    cancel_requested: boolean;
    cancel_reason: string | null;
    pause_reason: string | null;
    parent_id: string | null;
    parent_step: string | null;
    created_at: number;
    finished_at: number | null;
    stuck_at: number | null;
    stuck_from: string | null;
    stuck_error: string | null;
    covered: number;
  }>({
    rows: { tenantId: 'uuid', id: 'uuid' },
  }),
  'register-definition': signature<readonly [
    string,
    string,
    number,
    string,
    string,
    number,
    string,
  ], {
    hash: string;
    created_at: number;
    registered: boolean;
  }>(),
  'replace-definition': signature<readonly [
    string,
    string,
    number,
    string,
    string,
    number,
  ], never>(),
  'request-workflow-cancels': signature<readonly [
    Column<'tenantId', 'uuid'>,
    Column<'id', 'uuid'>,
    Column<'reason', 'text', null>,
    Column<'after', 'uuid', null>,
    number,
    number,
  ], {
    tenant_id: string;
    id: string | null;
    generation: number | null;
    workflow_id: string;
    scanned_to: string | null;
  }>({
    rows: { tenantId: 'uuid', id: 'uuid', reason: 'text', after: 'uuid' },
  }),
  'reset-steps': signature<readonly [
    Column<'tenantId', 'uuid'>,
    Column<'id', 'uuid'>,
    Column<'generation', 'int4'>,
    number,
  ], {
    reset: number;
  }>({
    rows: { tenantId: 'uuid', id: 'uuid', generation: 'int4' },
  }),
  'restart-steps': signature<readonly [
    Column<'tenantId', 'uuid'>,
    Column<'id', 'uuid'>,
    Column<'type', 'text'>,
    Column<'queue', 'text'>,
    Column<'priority', 'int4'>,
    Column<'payload', 'text'>,
    Column<'options', 'text', null>,
    Column<'workflowId', 'uuid', null>,
    Column<'step', 'text', null>,
    Column<'createdAt', 'timestamptz'>,
    Column<'status', 'text'>,
    Column<'result', 'text', null>,
    Column<'error', 'text', null>,
    Column<'startedAt', 'timestamptz', null>,
    Column<'finishedAt', 'timestamptz', null>,
    Column<'generation', 'int4'>,
    number,
  ], {
    restarted: number;
  }>({
    rows: { tenantId: 'uuid', id: 'uuid', type: 'text', queue: 'text', priority: 'int4', payload: 'text', options: 'text', workflowId: 'uuid', step: 'text', createdAt: 'timestamptz', status: 'text', result: 'text', error: 'text', startedAt: 'timestamptz', finishedAt: 'timestamptz', generation: 'int4' },
  }),
  'settle-compensations': signature<readonly [
    Column<'tenantId', 'uuid'>,
    Column<'id', 'uuid'>,
    Column<'generation', 'int4'>,
    Column<'reason', 'text', null>,
    number,
  ], {
    settled: number;
  }>({
    rows: { tenantId: 'uuid', id: 'uuid', generation: 'int4', reason: 'text' },
  }),
  'settle-tasks': signature<readonly [
    Column<'tenantId', 'uuid'>,
    Column<'id', 'uuid'>,
    Column<'generation', 'int4'>,
    Column<'status', 'text', null>,
    Column<'attempts', 'int4', null>,
    Column<'startedAt', 'timestamptz', null>,
    Column<'finishedAt', 'timestamptz', null>,
    Column<'result', 'text', null>,
    Column<'error', 'text', null>,
    Column<'progress', 'text', null>,
    number,
  ], {
    tenant_id: string;
    id: string;
    generation: number;
    status: string;
    type: string;
    queue: string;
    cancel_reason: string | null;
    workflow_id: string | null;
    step: string | null;
  }>({
    rows: { tenantId: 'uuid', id: 'uuid', generation: 'int4', status: 'text', attempts: 'int4', startedAt: 'timestamptz', finishedAt: 'timestamptz', result: 'text', error: 'text', progress: 'text' },
  }),
  'start-items': signature<readonly [
    Column<'tenantId', 'uuid'>,
    Column<'id', 'uuid'>,
    number,
  ], {
    id: string;
    generation: number;
    payload: string;
  }>({
    rows: { tenantId: 'uuid', id: 'uuid' },
  }),
  'take-due-waits': signature<readonly [
    Column<'tenantId', 'uuid'>,
    Column<'workflowId', 'uuid'>,
    Column<'step', 'text'>,
    number,
  ], {
    tenant_id: string;
    workflow_id: string;
    step: string;
    kind: string;
    name: string | null;
    key: string | null;
  }>({
    rows: { tenantId: 'uuid', workflowId: 'uuid', step: 'text' },
  }),
  'take-event-waits': signature<readonly [
    Column<'tenantId', 'uuid'>,
    Column<'name', 'text'>,
    Column<'key', 'text'>,
    Column<'above', 'float8', null>,
    Column<'upTo', 'float8', null>,
    Column<'maxWaits', 'int4', null>,
    number,
  ], {
    n: number;
    tenant_id: string;
    workflow_id: string;
    step: string;
    number: number;
  }>({
    rows: { tenantId: 'uuid', name: 'text', key: 'text', above: 'float8', upTo: 'float8', maxWaits: 'int4' },
  }),
  'take-inputs': signature<readonly [
    Column<'tenantId', 'uuid'>,
    Column<'id', 'uuid'>,
    number,
  ], {
    tenant_id: string;
    workflow_id: string;
    kind: string;
    input: string;
  }>({
    rows: { tenantId: 'uuid', id: 'uuid' },
  }),
  'take-signals': signature<readonly [
    Column<'tenantId', 'uuid'>,
    Column<'workflowId', 'uuid'>,
    Column<'name', 'text'>,
    Column<'many', 'int4', null>,
    number,
  ], {
    workflow_id: string;
    name: string;
    payload: string;
  }>({
    rows: { tenantId: 'uuid', workflowId: 'uuid', name: 'text', many: 'int4' },
  }),
  'update-fan-outs': signature<readonly [
    Column<'tenantId', 'uuid'>,
    Column<'workflowId', 'uuid'>,
    Column<'step', 'text'>,
    Column<'total', 'int4', null>,
    Column<'laid', 'int4'>,
    Column<'largest', 'int4', null>,
    Column<'started', 'int4'>,
    Column<'completed', 'int4'>,
    Column<'failed', 'int4'>,
    Column<'unknown', 'int4'>,
    Column<'closed', 'bool'>,
    Column<'revision', 'int4'>,
    number,
  ], {
    changed: number;
  }>({
    rows: { tenantId: 'uuid', workflowId: 'uuid', step: 'text', total: 'int4', laid: 'int4', largest: 'int4', started: 'int4', completed: 'int4', failed: 'int4', unknown: 'int4', closed: 'bool', revision: 'int4' },
  }),
  'update-workflows': signature<readonly [
    Column<'tenantId', 'uuid'>,
    Column<'id', 'uuid'>,
    Column<'previous', 'text'>,
    Column<'status', 'text'>,
    Column<'output', 'text', null>,
    Column<'error', 'text', null>,
    Column<'failedStep', 'text', null>,
    Column<'cancelRequested', 'bool'>,
    Column<'cancelReason', 'text', null>,
    Column<'pauseReason', 'text', null>,
    Column<'finishedAt', 'timestamptz', null>,
    Column<'version', 'int4', null>,
    Column<'hash', 'text'>,
    Column<'steps', 'int4'>,
    number,
  ], {
    changed: number;
  }>({
    rows: { tenantId: 'uuid', id: 'uuid', previous: 'text', status: 'text', output: 'text', error: 'text', failedStep: 'text', cancelRequested: 'bool', cancelReason: 'text', pauseReason: 'text', finishedAt: 'timestamptz', version: 'int4', hash: 'text', steps: 'int4' },
  }),
  'write-receipt': signature<readonly [
    number,
    string,
  ], never>(),
};
