-- Which of these leases are in force: a stale worker's progress is published for nobody.
-- Parameters: $1 tenants, $2 task ids, $3 leases, $4 their count.
-- Result: place in the parameters, attempt and generation.
-- Found by key, one by one (kit/postgres, Plans).
select u.n::int as n, l.attempt, l.generation, l.options
from (
  select * from unnest($1::uuid[], $2::uuid[], $3::uuid[]) with ordinality u (tenant_id, id, lease, n) limit $4
) u
cross join lateral (
  select h.attempt, h.generation, h.options from leased h
  where h.tenant_id = u.tenant_id and h.id = u.id and h.lease = u.lease
  offset 0
) l
