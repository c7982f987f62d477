-- Ends running work at the request of its owner: deleting the row is the fence, the worker is told afterwards.
-- Parameters: $1 tenants, $2 task ids, $3 generations, $4 their count.
-- Result: place in the parameters, attempts begun, and the lease that is no longer in force.
delete from leased w
using (
  select * from unnest($1::uuid[], $2::uuid[], $3::int[]) with ordinality u (tenant_id, id, generation, n) limit $4
) u
where w.tenant_id = u.tenant_id and w.id = u.id and w.generation = u.generation
returning u.n::int as n, w.attempt as attempts, w.queue, w.type, w.options, w.lease, w.session
