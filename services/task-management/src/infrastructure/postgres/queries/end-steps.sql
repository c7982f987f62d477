-- Ends rows of steps that no worker was asked for.
-- $1..$8: tenant, id, generation, status, result (null: as gathered before), error, finished, outcome unknown (arrays)
-- $9: number of rows
-- Gives the number of rows ended. A row of another generation, or one that has ended, is not touched.
-- Found by key, then written by place (kit/postgres, Plans). Only this writer changes rows of steps, so places hold.
with ended as (
  update tasks t
  set
    status = u.status,
    result = coalesce(u.result, t.result),
    error = u.error,
    finished_at = u.finished_at,
    outcome_unknown = u.outcome_unknown
  from (
    select ends.*, held.place
    from (
      select *
      from unnest(
        $1::uuid[], $2::uuid[], $3::int4[], $4::text[], $5::text[], $6::text[], $7::timestamptz[], $8::bool[]
      ) as ends (tenant_id, id, generation, status, result, error, finished_at, outcome_unknown)
      limit $9
    ) ends
    cross join lateral (
      select h.ctid as place from tasks h
      where h.tenant_id = ends.tenant_id
        and h.id = ends.id
        and h.generation = ends.generation
        and h.status in ('running', 'scheduled', 'blocked')
      offset 0
    ) held
  ) u
  where t.ctid = u.place
  returning 1
)
select count(*)::int4 as ended from ended;
