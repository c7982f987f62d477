-- Gives a registered version another graph. $1: tenant · $2: name · $3: version · $4: hash · $5: graph
-- $6: number of steps. Workflows that run name their graph by its hash, which stays stored.
with stored as (
  insert into workflow_graphs (tenant_id, hash, graph)
  values ($1::uuid, $4::text, $5::text)
  on conflict (tenant_id, hash) do nothing
)
update workflow_definitions d
set hash = $4::text, steps = $6::int4
where d.tenant_id = $1::uuid and d.name = $2::text and d.version = $3::int4;
