-- The started steps of workflows. $1, $2: tenant, workflow (arrays) · $3: number of workflows
-- Found by workflow, one by one (kit/postgres, Plans). The order of its index leaves no choice but that one, where
-- the key begins with the tenant, too.
select t.workflow_id, t.id, t.step, t.status
from (select * from unnest($1::uuid[], $2::uuid[]) as wanted (tenant_id, id) limit $3) u
cross join lateral (
  select h.workflow_id, h.id, h.step, h.status from tasks h
  where h.tenant_id = u.tenant_id and h.workflow_id between u.id and u.id
  order by h.workflow_id
  offset 0
) t;
