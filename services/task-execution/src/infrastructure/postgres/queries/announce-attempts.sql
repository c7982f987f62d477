-- Marks running attempts as announced, once per dispatch: of two announcers, or of an announcer and a completion,
-- only one finds the row unannounced.
-- Parameters: $1 tenants, $2 task ids, $3 leases, $4 their count.
-- Result: the attempts to announce.
-- Each row is looked up by its key first and then taken by its place: joined directly, a plan made while statistics
-- call the table empty walks the whole table for every row asked for. Only this writer changes leased rows, so places
-- hold.
update leased l
set announced = true
from (
  select asked.n, held.place
  from (
    select * from unnest($1::uuid[], $2::uuid[], $3::uuid[]) with ordinality u (tenant_id, id, lease, n) limit $4
  ) asked
  cross join lateral (
    select h.ctid as place from leased h
    where h.tenant_id = asked.tenant_id and h.id = asked.id and h.lease = asked.lease
    offset 0
  ) held
) u
where l.ctid = u.place and not l.announced
returning u.n::int as n, l.queue, l.type, l.priority, l.attempt, l.generation, l.queued_at, l.claimed_at, l.session,
  l.options
