-- Gives delayed work another priority.
-- Parameters: $1 tenants, $2 task ids, $3 generations, $4 priorities, $5 their count.
-- Found by key, then written by place (kit/postgres, Plans). Only the ledger moves rows, so places hold.
update delayed w
set priority = u.priority
from (
  select asked.priority, held.place
  from (
    select * from unnest($1::uuid[], $2::uuid[], $3::int[], $4::int[]) u (tenant_id, id, generation, priority) limit $5
  ) asked
  cross join lateral (
    select h.ctid as place from delayed h
    where h.tenant_id = asked.tenant_id and h.id = asked.id and h.generation = asked.generation
    offset 0
  ) held
) u
where w.ctid = u.place
