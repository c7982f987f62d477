-- Writes the outcome of workflows, or that their cancel was requested.
-- $1..$8: tenant, id, status, output, error, failed step, cancel requested, finished · $9: cancel reason (arrays)
-- $10: number of rows
-- Fence: a workflow that has ended is not touched. Fewer rows than asked for: the caller's state was outdated.
-- Found by key, then written by place (kit/postgres, Plans). Only this writer changes workflows, so places hold.
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
    select outcomes.*, held.place
    from (
      select *
      from unnest(
        $1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bool[], $8::timestamptz[],
        $9::text[]
      ) as outcomes
        (tenant_id, id, status, output, error, failed_step, cancel_requested, finished_at, cancel_reason)
      limit $10
    ) outcomes
    cross join lateral (
      select h.ctid as place from workflows h
      where h.tenant_id = outcomes.tenant_id and h.id = outcomes.id and h.status = 'running'
      offset 0
    ) held
  ) u
  where w.ctid = u.place
  returning 1
)
select count(*)::int4 as changed from changed;
