-- Which of these leases are in force: a stale worker's progress is published for nobody.
-- Parameters: $1 tenants, $2 task ids, $3 leases, $4 their count.
-- Result: place in the parameters, attempt and generation.
select u.n::int as n, l.attempt, l.generation, l.options
from (
  select * from unnest($1::uuid[], $2::uuid[], $3::uuid[]) with ordinality u (tenant_id, id, lease, n) limit $4
) u
join leased l on l.tenant_id = u.tenant_id and l.id = u.id and l.lease = u.lease
