-- Takes cancelled waiting work out. Waits for a claim that is moving the same row; what that claim took is then
-- found by cancel-leased, which must run after this one.
-- Parameters: $1 tenants, $2 task ids, $3 generations, $4 their count.
-- Result: place in the parameters, the number of attempts begun before, and whether one of them ended with its outcome
-- unknown.
-- Found by key, then taken by place (kit/postgres, Plans). Only the ledger moves rows, so places hold.
-- The range in the order of the key leaves no choice but the key, where another index begins with the tenant, too.
delete from waiting w
using (
  select asked.n, held.place
  from (
    select * from unnest($1::uuid[], $2::uuid[], $3::int[]) with ordinality u (tenant_id, id, generation, n) limit $4
  ) asked
  cross join lateral (
    select h.ctid as place, h.generation from waiting h
    where h.tenant_id = asked.tenant_id and h.id between asked.id and asked.id
    order by h.id
    limit 1
  ) held
  where held.generation = asked.generation
) u
where w.ctid = u.place
returning u.n::int as n, w.attempt - 1 as attempts, w.queue, w.type, w.options, w.outcome_unknown, null::uuid as lease,
  null::uuid as session
