-- How many waits events meet, and the number of the last wait that has begun. $1..$3: tenant, name, key (arrays)
-- $4: number of events
-- Waits that an earlier event of the name and key has still to meet are not counted: they are that one's. Whatever begins
-- to wait after this has a greater number, so that an event never meets what follows from it.
-- Found by what they wait for (kit/postgres, Plans).
select
  events.n::int4 as n, coalesce(taken.up_to, 0) as above, marks.last_value as up_to,
  (
    select count(*)::int4
    from (
      select h.number from waits h
      where h.kind = 'event'
        and h.tenant_id = events.tenant_id
        and h.name = events.name
        and h.key = events.key
        and h.number > coalesce(taken.up_to, 0)
      order by h.tenant_id, h.name, h.key, h.number
      offset 0
    ) waiting
  ) as waiting
from (
  select * from unnest($1::uuid[], $2::text[], $3::text[]) with ordinality as wanted (tenant_id, name, key, n) limit $4
) events
left join lateral (
  select h.up_to from event_deliveries h
  where h.tenant_id = events.tenant_id and h.name = events.name and h.key = events.key
  order by h.tenant_id desc, h.name desc, h.key desc, h.up_to desc
  limit 1
) taken on true
cross join waits_number_seq marks;
