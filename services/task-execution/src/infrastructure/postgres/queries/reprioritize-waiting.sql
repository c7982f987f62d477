-- Gives waiting work another priority.
-- Parameters: $1 tenants, $2 task ids, $3 generations, $4 priorities, $5 their count.
-- Found by key, then written by place (kit/postgres, Plans). Only the ledger moves rows, so places hold.
-- The range in the order of the key leaves no choice but the key, where another index begins with the tenant, too.
update waiting w
set priority = u.priority
from (
  select asked.priority, held.place
  from (
    select * from unnest($1::uuid[], $2::uuid[], $3::int[], $4::int[]) u (tenant_id, id, generation, priority) limit $5
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
