-- One version of a definition with its graph, the latest when none is named. $1: tenant · $2: name · $3: version
select d.name, d.version, d.hash, d.steps, d.created_at, g.graph
from workflow_definitions d
cross join lateral (
  select h.graph from workflow_graphs h where h.tenant_id = d.tenant_id and h.hash = d.hash offset 0
) g
where d.tenant_id = $1::uuid and d.name = $2::text and ($3::int4 is null or d.version = $3)
order by d.version desc
limit 1;
