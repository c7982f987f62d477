-- Ends running work at the request of its owner: deleting the row is the fence, the worker is told afterwards.
-- Parameters: $1 tenants, $2 task ids, $3 generations, $4 their count.
-- Result: place in the parameters, attempts begun, and the lease that is no longer in force. How far its worker came is
-- unknown.
-- Found by key, then taken by place (kit/postgres, Plans). Only the ledger moves rows, so places hold.
delete from leased w
using (
  select asked.n, held.place
  from (
    select * from unnest($1::uuid[], $2::uuid[], $3::int[]) with ordinality u (tenant_id, id, generation, n) limit $4
  ) asked
  cross join lateral (
    select h.ctid as place from leased h
    where h.tenant_id = asked.tenant_id and h.id = asked.id and h.generation = asked.generation
    offset 0
  ) held
) u
where w.ctid = u.place
returning u.n::int as n, w.attempt as attempts, w.queue, w.type, w.options, true as outcome_unknown, w.lease, w.session
