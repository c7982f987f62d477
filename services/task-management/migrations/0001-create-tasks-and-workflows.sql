-- Tasks, workflows and the keys that make creating them repeatable. Every key is led by the tenant.
-- JSON lies in text: it is checked at the edge and never searched here, and jsonb costs three times as much to write.

create table tasks (
  tenant_id uuid not null,
  id uuid not null,
  -- Counts from 1; a retry of a finished task opens the next one. Facts of another generation do not apply.
  generation smallint not null default 1,
  type text not null,
  queue text not null,
  priority smallint not null,
  status text not null default 'queued',
  attempts smallint not null default 0,
  payload text not null,
  result text,
  error text,
  progress text,
  -- JSON: retry, timeout, tags, traceparent. Absent when the task has none of them.
  options text,
  cancel_requested boolean not null default false,
  cancel_reason text,
  workflow_id uuid,
  step text,
  created_at timestamptz not null,
  started_at timestamptz,
  finished_at timestamptz,
  primary key (tenant_id, id)
) with (fillfactor = 80);
-- No index on what changes after the insert: settling a task then writes no index entry (a HOT update).
create index tasks_of_workflow on tasks (tenant_id, workflow_id) where workflow_id is not null;

create table idempotency_keys (
  tenant_id uuid not null,
  route text not null,
  key text not null,
  -- SHA-256 of the request's body in canonical form.
  fingerprint bytea not null,
  subject_ids uuid[] not null,
  created_at timestamptz not null,
  primary key (tenant_id, route, key)
);

-- A graph is stored once, however many workflows run it.
create table workflow_graphs (
  tenant_id uuid not null,
  hash text not null,
  graph text not null,
  primary key (tenant_id, hash)
);

create table workflow_definitions (
  tenant_id uuid not null,
  name text not null,
  version integer not null,
  hash text not null,
  steps integer not null,
  created_at timestamptz not null,
  primary key (tenant_id, name, version)
);

create table workflows (
  tenant_id uuid not null,
  id uuid not null,
  name text not null,
  -- Absent for a graph that was posted with the workflow itself.
  version integer,
  hash text not null,
  steps integer not null,
  status text not null default 'running',
  input text not null,
  output text,
  error text,
  failed_step text,
  cancel_requested boolean not null default false,
  cancel_reason text,
  -- JSON: priority, traceparent.
  options text,
  created_at timestamptz not null,
  finished_at timestamptz,
  primary key (tenant_id, id)
) with (fillfactor = 80);
