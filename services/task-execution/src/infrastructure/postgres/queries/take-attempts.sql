-- Takes attempts out of their workers' hands, to decide what follows: failed ones and those handed back.
-- The lease is the fence, as in finish-attempts.
-- Parameters: $1 tenants, $2 task ids, $3 leases, $4 their count.
-- Result: the whole row of each attempt that was in force; n is its place in the parameters, from 1.
delete from leased l
using (
  select * from unnest($1::uuid[], $2::uuid[], $3::uuid[]) with ordinality u (tenant_id, id, lease, n) limit $4
) u
where l.tenant_id = u.tenant_id and l.id = u.id and l.lease = u.lease
returning u.n::int as n, l.*
