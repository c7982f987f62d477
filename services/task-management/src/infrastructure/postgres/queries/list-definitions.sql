-- The latest version of each definition. $1: tenant
select distinct on (name) name, version, hash, steps, created_at
from workflow_definitions
where tenant_id = $1::uuid
order by name, version desc
limit 1000;
