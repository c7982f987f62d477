-- Writes how the items of fan-outs stand. $1..$3: tenant, workflow, step · $4..$11: as in `insert-fan-outs.sql`
-- $12: revision that they have (arrays) · $13: number of rows
-- Gives the number of rows changed. One of another revision is not touched: the caller's state was outdated.
-- Found by key, then written by place (kit/postgres, Plans). Only this writer changes fan-outs, so places hold.
with changed as (
  update fan_outs f
  set
    laid = u.laid,
    started = u.started,
    completed = u.completed,
    failed = u.failed,
    unknown = u.unknown,
    closed = u.closed,
    revision = f.revision + 1
  from (
    select counts.*, held.place
    from (
      select *
      from unnest(
        $1::uuid[], $2::uuid[], $3::text[], $4::int4[], $5::int4[], $6::int4[], $7::int4[], $8::int4[], $9::int4[],
        $10::int4[], $11::bool[], $12::int4[]
      ) as counts
        (tenant_id, workflow_id, step, total, laid, largest, started, completed, failed, unknown, closed, revision)
      limit $13
    ) counts
    cross join lateral (
      select h.ctid as place from fan_outs h
      where h.tenant_id = counts.tenant_id
        and h.workflow_id = counts.workflow_id
        and h.step = counts.step
        and h.revision = counts.revision
      offset 0
    ) held
  ) u
  where f.ctid = u.place
  returning 1
)
select count(*)::int4 as changed from changed;
