-- Registers a version of a definition together with its graph. $1: tenant · $2: name · $3: version · $4: hash
-- $5: graph · $6: number of steps · $7: created
-- Gives the hash that the version has afterwards and whether this call made it. A version that exists keeps its
-- graph: running workflows and workers rely on it. A version that another transaction is registering right now is
-- waited for; its row is then not visible here, so no row at all means: ask again.
with stored as (
  insert into workflow_graphs (tenant_id, hash, graph)
  values ($1::uuid, $4::text, $5::text)
  on conflict (tenant_id, hash) do nothing
), registered as (
  insert into workflow_definitions (tenant_id, name, version, hash, steps, created_at)
  values ($1::uuid, $2::text, $3::int4, $4::text, $6::int4, $7::timestamptz)
  on conflict (tenant_id, name, version) do nothing
  returning hash, created_at
)
select hash, created_at, true as registered from registered
union all
select hash, created_at, false from workflow_definitions
where tenant_id = $1::uuid and name = $2::text and version = $3::int4;
