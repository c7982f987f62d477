-- Marks running attempts as announced, once per hand-over: of two announcers, or of an announcer and a completion,
-- only one finds the row unannounced.
-- Parameters: $1 tenants, $2 task ids, $3 leases, $4 their count.
-- Result: the attempts to announce.
update leased l
set announced = true
from (
  select * from unnest($1::uuid[], $2::uuid[], $3::uuid[]) with ordinality u (tenant_id, id, lease, n) limit $4
) u
where l.tenant_id = u.tenant_id and l.id = u.id and l.lease = u.lease and not l.announced
returning u.n::int as n, l.queue, l.type, l.priority, l.attempt, l.generation, l.queued_at, l.claimed_at, l.session,
  l.options
