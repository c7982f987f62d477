-- Parks workflows that could not be moved on. $1..$3: tenant, id, error (arrays) · $4: number of rows
-- Gives the number of rows parked. One that is over is not touched, one that is stuck keeps its first error.
-- Found by key, then written by place (kit/postgres, Plans). Only this writer changes workflows, so places hold.
with parked as (
  update workflows w
  set status = 'stuck', stuck_from = w.status, stuck_error = u.error, stuck_at = (select taskflow_now())
  from (
    select wanted.error, held.place
    from (
      select * from unnest($1::uuid[], $2::uuid[], $3::text[]) as faults (tenant_id, id, error) limit $4
    ) wanted
    cross join lateral (
      select h.ctid as place from workflows h
      where h.tenant_id = wanted.tenant_id
        and h.id = wanted.id
        and h.status not in ('completed', 'failed', 'cancelled', 'compensated', 'stuck')
      offset 0
    ) held
  ) u
  where w.ctid = u.place
  returning 1
)
select count(*)::int4 as parked from parked;
