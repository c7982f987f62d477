-- Takes cancelled work out of the line. Waits for a claim that is moving the same row; what that claim took is then
-- found by cancel-leased, which must run after this one.
-- Parameters: $1 tenants, $2 task ids, $3 generations, $4 their count.
-- Result: place in the parameters, and the number of attempts begun before.
delete from waiting w
using (
  select * from unnest($1::uuid[], $2::uuid[], $3::int[]) with ordinality u (tenant_id, id, generation, n) limit $4
) u
where w.tenant_id = u.tenant_id and w.id = u.id and w.generation = u.generation
returning u.n::int as n, w.attempt - 1 as attempts, w.queue, w.type, w.options, null::uuid as lease, null::uuid as session
