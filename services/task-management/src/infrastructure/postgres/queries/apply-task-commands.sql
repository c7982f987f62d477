-- Writes what commands changed of tasks that this transaction has locked.
-- $1..$6: tenant, id, generation, priority, cancel requested, cancel reason · $7: finished (null: has not ended by this)
-- $8: number of rows
-- A greater generation than the stored one starts the task anew: what the last generation left is cleared. One that has
-- ended by this is cancelled.
-- Found by key, then written by place (kit/postgres, Plans). Only this writer changes tasks, so places hold.
with changed as (
  update tasks t
  set
    priority = u.priority,
    cancel_requested = u.cancel_requested,
    cancel_reason = u.cancel_reason,
    generation = u.generation,
    status = case
      when u.generation > t.generation then 'queued'
      when u.finished_at is not null then 'cancelled'
      else t.status
    end,
    attempts = case when u.generation > t.generation then 0 else t.attempts end,
    result = case when u.generation > t.generation then null else t.result end,
    error = case when u.generation > t.generation then null else t.error end,
    progress = case when u.generation > t.generation then null else t.progress end,
    started_at = case when u.generation > t.generation then null else t.started_at end,
    finished_at = case when u.generation > t.generation then null else coalesce(u.finished_at, t.finished_at) end,
    stuck_at = case when u.generation > t.generation or u.finished_at is not null then null else t.stuck_at end
  from (
    select commands.*, held.place
    from (
      select *
      from unnest($1::uuid[], $2::uuid[], $3::int4[], $4::int4[], $5::bool[], $6::text[], $7::timestamptz[])
        as commands (tenant_id, id, generation, priority, cancel_requested, cancel_reason, finished_at)
      limit $8
    ) commands
    cross join lateral (
      select h.ctid as place from tasks h where h.tenant_id = commands.tenant_id and h.id = commands.id offset 0
    ) held
  ) u
  where t.ctid = u.place
  returning 1
)
select count(*)::int4 as changed from changed;
