-- A stored graph. $1: tenant · $2: hash
select graph from workflow_graphs where tenant_id = $1::uuid and hash = $2::text;
