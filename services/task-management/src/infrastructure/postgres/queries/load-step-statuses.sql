-- The started steps of workflows. $1, $2: tenant, workflow (arrays) · $3: number of workflows
select t.workflow_id, t.id, t.step, t.status
from (select * from unnest($1::uuid[], $2::uuid[]) as wanted (tenant_id, id) limit $3) u
join tasks t on t.tenant_id = u.tenant_id and t.workflow_id = u.id;
