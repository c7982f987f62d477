-- Gives delayed work another priority.
-- Parameters: $1 tenants, $2 task ids, $3 generations, $4 priorities, $5 their count.
update delayed w
set priority = u.priority
from (
  select * from unnest($1::uuid[], $2::uuid[], $3::int[], $4::int[]) u (tenant_id, id, generation, priority) limit $5
) u
where w.tenant_id = u.tenant_id and w.id = u.id and w.generation = u.generation
