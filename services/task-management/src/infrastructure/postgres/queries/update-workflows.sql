-- Writes the outcome of workflows, or that their cancel was requested.
-- $1..$8: tenant, id, status, output, error, failed step, cancel requested, finished · $9: cancel reason (arrays)
-- $10: number of rows
-- Fence: a workflow that has ended is not touched. Fewer rows than asked for: the caller's state was outdated.
with changed as (
  update workflows w
  set
    status = u.status,
    output = u.output,
    error = u.error,
    failed_step = u.failed_step,
    cancel_requested = u.cancel_requested,
    cancel_reason = coalesce(w.cancel_reason, u.cancel_reason),
    finished_at = u.finished_at
  from (
    select *
    from unnest(
      $1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bool[], $8::timestamptz[], $9::text[]
    ) as outcomes
      (tenant_id, id, status, output, error, failed_step, cancel_requested, finished_at, cancel_reason)
    limit $10
  ) u
  where w.tenant_id = u.tenant_id and w.id = u.id and w.status = 'running'
  returning 1
)
select count(*)::int4 as changed from changed;
