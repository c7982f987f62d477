-- Moves events on by a page. $1..$4: tenant, id, above until now, above from now on (arrays) · $5: number of them
-- Gives the number of rows moved. One that was moved before is not touched: its page was taken.
-- Found by key, then written by place (kit/postgres, Plans). The order is as in `end-event-deliveries.sql`.
with moved as (
  update event_deliveries d
  set above = u.next::bigint
  from (
    select pages.next, held.place
    from (
      select * from unnest($1::uuid[], $2::uuid[], $3::float8[], $4::float8[]) as wanted (tenant_id, id, above, next)
      limit $5
    ) pages
    cross join lateral (
      select h.ctid as place from event_deliveries h
      where h.tenant_id = pages.tenant_id and h.id between pages.id and pages.id and h.above = pages.above::bigint
      order by h.id
      offset 0
    ) held
  ) u
  where d.ctid = u.place
  returning 1
)
select count(*)::int4 as moved from moved;
