-- Takes compensations that are stuck as done, because somebody says so.
-- $1..$4: tenant, id, generation, reason (arrays) · $5: number of rows
-- Gives the number of rows settled. They keep the error that they got stuck with.
-- Found by key, then written by place (kit/postgres, Plans). Only this writer changes rows of steps, so places hold.
with settled as (
  update tasks t
  set status = 'skipped', cancel_reason = u.reason
  from (
    select stuck.reason, held.place
    from (
      select *
      from unnest($1::uuid[], $2::uuid[], $3::int4[], $4::text[]) as stuck (tenant_id, id, generation, reason)
      limit $5
    ) stuck
    cross join lateral (
      select h.ctid as place from tasks h
      where h.tenant_id = stuck.tenant_id
        and h.id = stuck.id
        and h.generation = stuck.generation
        and h.status in ('failed', 'cancelled')
      offset 0
    ) held
  ) u
  where t.ctid = u.place
  returning 1
)
select count(*)::int4 as settled from settled;
