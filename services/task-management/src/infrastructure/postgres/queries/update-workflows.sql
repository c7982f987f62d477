-- Writes what became of workflows.
-- $1..$13: tenant, id, status that they have, status, output, error, failed step, cancel requested, cancel reason, pause
-- reason, finished, version, hash · $14: steps (arrays) · $15: number of rows
-- What is decided about goes on: it is not stuck, or not any more.
-- Fence: a workflow of another status is not touched. Fewer rows than asked for: the caller's state was outdated.
-- Found by key, then written by place (kit/postgres, Plans). Only this writer changes workflows, so places hold.
with changed as (
  update workflows w
  set
    status = u.status,
    output = u.output,
    error = u.error,
    failed_step = u.failed_step,
    cancel_requested = u.cancel_requested,
    cancel_reason = u.cancel_reason,
    pause_reason = u.pause_reason,
    finished_at = u.finished_at,
    version = u.version,
    hash = u.hash,
    steps = u.steps,
    stuck_at = null,
    stuck_from = null,
    stuck_error = null
  from (
    select outcomes.*, held.place
    from (
      select *
      from unnest(
        $1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::bool[], $9::text[],
        $10::text[], $11::timestamptz[], $12::int4[], $13::text[], $14::int4[]
      ) as outcomes
        (tenant_id, id, previous, status, output, error, failed_step, cancel_requested, cancel_reason, pause_reason,
          finished_at, version, hash, steps)
      limit $15
    ) outcomes
    cross join lateral (
      select h.ctid as place from workflows h
      where h.tenant_id = outcomes.tenant_id and h.id = outcomes.id and h.status = outcomes.previous
      offset 0
    ) held
  ) u
  where w.ctid = u.place
  returning 1
)
select count(*)::int4 as changed from changed;
