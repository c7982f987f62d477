-- Removes waits that ended. $1..$3: tenant, workflow, step (arrays) · $4: number of rows
-- Gives the number of rows removed.
-- Found by key, then removed by place (kit/postgres, Plans).
with removed as (
  delete from waits w
  using (
    select held.place
    from (
      select * from unnest($1::uuid[], $2::uuid[], $3::text[]) as ended (tenant_id, workflow_id, step) limit $4
    ) ended
    cross join lateral (
      select h.ctid as place from waits h
      where h.tenant_id = ended.tenant_id and h.workflow_id = ended.workflow_id and h.step = ended.step
      offset 0
    ) held
  ) u
  where w.ctid = u.place
  returning 1
)
select count(*)::int4 as removed from removed;
