-- Takes the waits that events end. $1..$3: tenant, name, key (arrays) · $4: number of events · $5: most waits of one
-- Gives each with the place of its event in the parameters, from 1. An event that finds $5 of them may find more.
-- Found by what they wait for, then removed by place (kit/postgres, Plans).
delete from waits w
using (
  select distinct on (held.place) events.n, held.place
  from (
    select * from unnest($1::uuid[], $2::text[], $3::text[]) with ordinality as events (tenant_id, name, key, n)
    limit $4
  ) events
  cross join lateral (
    select h.ctid as place from waits h
    where h.kind = 'event' and h.tenant_id = events.tenant_id and h.name = events.name and h.key = events.key
    order by h.tenant_id, h.name, h.key
    limit $5
  ) held
  order by held.place, events.n
) u
where w.ctid = u.place
returning u.n::int4 as n, w.tenant_id, w.workflow_id, w.step;
