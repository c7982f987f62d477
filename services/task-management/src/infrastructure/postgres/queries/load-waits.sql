-- Live waits of workflows, in the order of their beginnings. $1, $2: tenant, workflow (arrays) · $3: number of workflows
-- Found by workflow, one by one (kit/postgres, Plans).
select h.workflow_id, h.step, h.kind, h.key
from (select * from unnest($1::uuid[], $2::uuid[]) as wanted (tenant_id, id) limit $3) u
cross join lateral (
  select w.workflow_id, w.step, w.kind, w.key, w.number from waits w
  where w.tenant_id = u.tenant_id and w.workflow_id between u.id and u.id
  order by w.workflow_id
  offset 0
) h
order by h.number;
