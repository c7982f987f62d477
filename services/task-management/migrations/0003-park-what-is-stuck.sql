-- What could not be applied is parked, so that it stops nothing else.

-- The error of a stuck task lies in its `error`.
alter table tasks add column stuck_at timestamptz;

alter table workflows
  add column stuck_at timestamptz,
  -- The status that it had, and goes on with.
  add column stuck_from text,
  -- JSON. Beside `error`, which says why it failed or is being undone and is not lost.
  add column stuck_error text;

-- Hold stuck ones alone. Nothing but parking and coming back writes `stuck_at`, so every other update stays a HOT one.
create index stuck_tasks on tasks (tenant_id, id) where stuck_at is not null;
create index stuck_workflows on workflows (tenant_id, id) where stuck_at is not null;

-- What came for a stuck workflow and is decided about when it goes on: ends of its tasks and children, waits that are
-- over, events and signals, in the order in which they came.
create table kept_inputs (
  tenant_id uuid not null,
  workflow_id uuid not null,
  number bigint not null generated always as identity,
  kind text not null,
  -- JSON.
  input text not null,
  primary key (tenant_id, workflow_id, number)
);
