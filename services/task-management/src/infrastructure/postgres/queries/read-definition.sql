-- One version of a definition with its graph, the latest when none is named. $1: tenant · $2: name · $3: version
select d.name, d.version, d.hash, d.steps, d.created_at, g.graph
from workflow_definitions d
join workflow_graphs g on g.tenant_id = d.tenant_id and g.hash = d.hash
where d.tenant_id = $1::uuid and d.name = $2::text and ($3::int4 is null or d.version = $3)
order by d.version desc
limit 1;
