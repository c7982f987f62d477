-- Live work only: a row leaves these tables in the transaction that ends it or moves it on, so their size follows
-- the backlog and never the history. Rows move waiting -> leased -> (gone | delayed | waiting), delayed -> waiting.

-- Place in line. A task keeps its number through attempts, so a rescued one is not sent to the end.
create sequence work_order;

create table waiting (
  tenant_id  uuid        not null,
  id         uuid        not null,
  seq        bigint      not null,
  queue      text        not null,
  type       text        not null,
  priority   smallint    not null,
  -- The attempt that the next hand-over begins, counted from 1.
  attempt    integer     not null,
  generation integer     not null,
  -- Longest time of one attempt, in milliseconds.
  attempt_ms bigint,
  -- End of the total timeout.
  expires_at timestamptz,
  queued_at  timestamptz not null,
  -- JSON texts, kept as they came.
  payload    text        not null,
  options    text,
  primary key (tenant_id, id)
);
create index waiting_in_line on waiting (tenant_id, queue, type, priority desc, seq);
create index waiting_expiring on waiting (expires_at) where expires_at is not null;

create table leased (
  tenant_id   uuid        not null,
  id          uuid        not null,
  -- Unique per hand-over; every write about this attempt is fenced by it.
  lease       uuid        not null,
  session     uuid        not null,
  seq         bigint      not null,
  queue       text        not null,
  type        text        not null,
  priority    smallint    not null,
  attempt     integer     not null,
  generation  integer     not null,
  attempt_ms  bigint,
  expires_at  timestamptz,
  queued_at   timestamptz not null,
  claimed_at  timestamptz not null,
  -- When this attempt must have ended: the earlier one of its own limit and the total timeout.
  deadline_at timestamptz,
  -- Whether TaskStarted of this hand-over has been published.
  announced   boolean     not null default false,
  -- The queue, where it limits how many of its tasks run at once; else null, so that only those are indexed.
  gate        text,
  payload     text        not null,
  options     text,
  primary key (tenant_id, id)
);
create index leased_gated on leased (tenant_id, gate) where gate is not null;
create index leased_due on leased (deadline_at) where deadline_at is not null;

create table delayed (
  tenant_id  uuid        not null,
  id         uuid        not null,
  seq        bigint      not null,
  queue      text        not null,
  type       text        not null,
  priority   smallint    not null,
  attempt    integer     not null,
  generation integer     not null,
  attempt_ms bigint,
  expires_at timestamptz,
  due_at     timestamptz not null,
  payload    text        not null,
  options    text,
  primary key (tenant_id, id)
);
create index delayed_by_due on delayed (due_at);
create index delayed_expiring on delayed (expires_at) where expires_at is not null;

-- These tables are rewritten all the time: dead rows are taken away by count, not by share.
alter table waiting set (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 2000, autovacuum_vacuum_cost_delay = 1);
alter table leased set (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 2000, autovacuum_vacuum_cost_delay = 1);
alter table delayed set (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 2000, autovacuum_vacuum_cost_delay = 1);
