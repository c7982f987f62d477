-- Takes waits that events end, in the order of their beginnings. $1..$3: tenant, name, key · $4, $5: above and up to this
-- number (null: of an event that has just come, those that no earlier one has still to meet) · $6: most waits (arrays)
-- $7: number of events
-- Gives each with its number and the place of its event in the parameters, from 1.
-- Found by what they wait for, then removed by place (kit/postgres, Plans). No two events of one statement have the same
-- waits: of those of one name and key that come together the first has them all.
delete from waits w
using (
  select events.n, held.place
  from (
    select *
    from unnest($1::uuid[], $2::text[], $3::text[], $4::float8[], $5::float8[], $6::int4[])
      with ordinality as wanted (tenant_id, name, key, above, up_to, max_waits, n)
    limit $7
  ) events
  left join lateral (
    select h.up_to from event_deliveries h
    where events.above is null and h.tenant_id = events.tenant_id and h.name = events.name and h.key = events.key
    order by h.tenant_id desc, h.name desc, h.key desc, h.up_to desc
    limit 1
  ) taken on true
  cross join lateral (
    select h.ctid as place from waits h
    where h.kind = 'event'
      and h.tenant_id = events.tenant_id
      and h.name = events.name
      and h.key = events.key
      and h.number > coalesce(events.above::bigint, taken.up_to, 0)
      and h.number <= coalesce(events.up_to::bigint, 9223372036854775807)
    order by h.tenant_id, h.name, h.key, h.number
    limit events.max_waits
  ) held
) u
where w.ctid = u.place
returning u.n::int4 as n, w.tenant_id, w.workflow_id, w.step, w.number;
