-- Gives workflows up. $1..$3: tenant, id, reason (arrays) · $4: number of rows
-- Gives the number of rows cancelled. One that is over is not touched.
-- Found by key, then written by place (kit/postgres, Plans). Only this writer changes workflows, so places hold.
with discarded as (
  update workflows w
  set
    status = 'cancelled',
    cancel_requested = true,
    cancel_reason = u.reason,
    finished_at = (select taskflow_now()),
    stuck_at = null,
    stuck_from = null,
    stuck_error = null
  from (
    select given.reason, held.place
    from (
      select * from unnest($1::uuid[], $2::uuid[], $3::text[]) as wanted (tenant_id, id, reason) limit $4
    ) given
    cross join lateral (
      select h.ctid as place from workflows h
      where h.tenant_id = given.tenant_id
        and h.id = given.id
        and h.status not in ('completed', 'failed', 'cancelled', 'compensated')
      offset 0
    ) held
  ) u
  where w.ctid = u.place
  returning 1
)
select count(*)::int4 as discarded from discarded;
