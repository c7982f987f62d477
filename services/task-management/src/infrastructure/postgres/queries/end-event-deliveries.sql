-- Removes events that have met all of their waits. $1, $2: tenant, id (arrays) · $3: number of them
-- Gives the number of rows removed.
-- Found by key, then removed by place (kit/postgres, Plans). The order leaves no choice but the index of the key, where
-- another one begins with the tenant, too.
with ended as (
  delete from event_deliveries d
  using (
    select held.place
    from (select * from unnest($1::uuid[], $2::uuid[]) as wanted (tenant_id, id) limit $3) met
    cross join lateral (
      select h.ctid as place from event_deliveries h
      where h.tenant_id = met.tenant_id and h.id between met.id and met.id
      order by h.id
      offset 0
    ) held
  ) u
  where d.ctid = u.place
  returning 1
)
select count(*)::int4 as ended from ended;
