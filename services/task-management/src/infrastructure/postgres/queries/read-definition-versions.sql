-- All versions of a definition with their graphs, latest first. $1: tenant · $2: name
select d.name, d.version, d.hash, d.steps, d.created_at, g.graph
from workflow_definitions d
cross join lateral (
  select h.graph from workflow_graphs h where h.tenant_id = d.tenant_id and h.hash = d.hash offset 0
) g
where d.tenant_id = $1::uuid and d.name = $2::text
order by d.version desc
limit 100;
