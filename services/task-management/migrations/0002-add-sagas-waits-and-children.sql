-- What sagas, waits, fan-outs and child workflows need. Plain tasks write none of these columns and no further index.

-- The step's work may or may not have been done: a compensation has to look.
alter table tasks add column outcome_unknown boolean;

alter table workflows
  -- The workflow and step that started this one.
  add column parent_id uuid,
  add column parent_step text,
  add column pause_reason text;

-- Live waits alone: a row comes with the beginning of a wait and goes with its end, in the transaction that decides it.
create table waits (
  tenant_id uuid not null,
  workflow_id uuid not null,
  step text not null,
  -- In the order of their beginnings.
  number bigint not null generated always as identity,
  -- sleep, signal, event; begin: a step that is ready and left to the next turn.
  kind text not null,
  -- When it is over, or given up. Null: never by itself.
  due_at timestamptz,
  -- Of the signal or event.
  name text,
  -- Of the event. Of a beginning, `prepared` once its prepare task completed, and `undo` for a compensation's.
  key text,
  primary key (tenant_id, workflow_id, step)
) with (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 2000, autovacuum_vacuum_cost_delay = 1);
-- Rows come and go at the front of this index: what is dead there must not be walked for long.
create index waits_due on waits (due_at) where due_at is not null;
create index waits_of_events on waits (tenant_id, name, key) where kind = 'event';

-- Signals that no step waits for yet, in the order in which they came.
create table signals (
  tenant_id uuid not null,
  workflow_id uuid not null,
  number bigint not null generated always as identity,
  name text not null,
  payload text not null,
  received_at timestamptz not null,
  primary key (tenant_id, workflow_id, number)
);

-- The last turn that changed something for a caller and emitted nothing, so that a COMMIT without an answer can be
-- looked up. Turns of one stream follow each other, so the last one is enough.
create table turn_marks (
  stream int primary key,
  batch uuid not null
) with (fillfactor = 50);
