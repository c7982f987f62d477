-- Writes what commands changed of tasks that this transaction has locked.
-- $1..$6: tenant, id, generation, priority, cancel requested, cancel reason · $7: number of rows
-- A greater generation than the stored one starts the task anew: what the last generation left is cleared.
with changed as (
  update tasks t
  set
    priority = u.priority,
    cancel_requested = u.cancel_requested,
    cancel_reason = u.cancel_reason,
    generation = u.generation,
    status = case when u.generation > t.generation then 'queued' else t.status end,
    attempts = case when u.generation > t.generation then 0 else t.attempts end,
    result = case when u.generation > t.generation then null else t.result end,
    error = case when u.generation > t.generation then null else t.error end,
    progress = case when u.generation > t.generation then null else t.progress end,
    started_at = case when u.generation > t.generation then null else t.started_at end,
    finished_at = case when u.generation > t.generation then null else t.finished_at end
  from (
    select *
    from unnest($1::uuid[], $2::uuid[], $3::int4[], $4::int4[], $5::bool[], $6::text[])
      as commands (tenant_id, id, generation, priority, cancel_requested, cancel_reason)
    limit $7
  ) u
  where t.tenant_id = u.tenant_id and t.id = u.id
  returning 1
)
select count(*)::int4 as changed from changed;
