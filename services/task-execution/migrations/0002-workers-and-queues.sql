-- One row per worker session. The session expires, not its tasks: a heartbeat renews one row, however many it runs.
create table sessions (
  id           uuid        primary key,
  tenant_id    uuid        not null,
  name         text        not null,
  -- Null: every queue.
  queues       text[],
  types        text[]      not null,
  definitions  text[]      not null,
  concurrency  integer     not null,
  created_at   timestamptz not null,
  heartbeat_at timestamptz not null,
  expires_at   timestamptz not null
) with (fillfactor = 50);

-- A row only where somebody paused or limited the queue; a queue needs none to work.
create table queues (
  tenant_id   uuid    not null,
  name        text    not null,
  paused      boolean not null default false,
  -- Most of its tasks that run at once; null: no limit.
  concurrency integer check (concurrency > 0),
  primary key (tenant_id, name)
);

create table dead_letters (
  tenant_id   uuid        not null,
  id          uuid        not null,
  task_id     uuid        not null,
  generation  integer     not null,
  queue       text        not null,
  type        text        not null,
  attempts    integer     not null,
  reason      text        not null,
  fingerprint text        not null,
  error       text        not null,
  payload     text        not null,
  options     text,
  buried_at   timestamptz not null,
  primary key (tenant_id, id)
);
create index dead_letters_of_task on dead_letters (tenant_id, task_id);
