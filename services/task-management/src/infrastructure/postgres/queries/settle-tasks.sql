-- Writes what a batch of facts adds up to, one row per task and generation.
-- $1..$10: tenant, id, generation, status (null: unchanged), attempts, started, finished, result, error, progress
-- $11: number of rows. As a LIMIT it keeps the planner's estimate of them at one.
-- Gives the rows that something follows from: steps of workflows that ended, and cancelled tasks.
-- Fence: a task of another generation, or one that has ended, is not touched, so the first ending is the only one.
-- Each row is looked up by its key first and then written at its place: joined directly, a plan made while statistics
-- call the table empty walks the whole table for every fact. Only this writer changes tasks, so places hold.
with settled as (
  update tasks t
  set
    status = coalesce(u.status, t.status),
    attempts = greatest(t.attempts, u.attempts),
    started_at = coalesce(t.started_at, u.started_at),
    finished_at = u.finished_at,
    result = u.result,
    error = case when u.status = 'completed' then null else coalesce(u.error, t.error) end,
    progress = coalesce(u.progress, t.progress)
  from (
    select facts.*, held.place
    from (
      select *
      from unnest(
        $1::uuid[], $2::uuid[], $3::int4[], $4::text[], $5::int4[], $6::timestamptz[], $7::timestamptz[], $8::text[],
        $9::text[], $10::text[]
      ) as facts (tenant_id, id, generation, status, attempts, started_at, finished_at, result, error, progress)
      limit $11
    ) facts
    cross join lateral (
      select h.ctid as place from tasks h where h.tenant_id = facts.tenant_id and h.id = facts.id offset 0
    ) held
  ) u
  where t.ctid = u.place
    and t.generation = u.generation
    and t.status in ('queued', 'running', 'retrying')
  returning t.tenant_id, t.id, t.generation, t.status, t.type, t.queue, t.cancel_reason, t.workflow_id, t.step
)
select tenant_id, id, generation, status, type, queue, cancel_reason, workflow_id, step
from settled
where status = 'cancelled' or (workflow_id is not null and status in ('completed', 'failed', 'skipped'));
