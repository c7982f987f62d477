-- What steps of workflows wait for. $1, $2: tenant, workflow (arrays)
-- Found by workflow, one by one (kit/postgres, Plans).
select w.workflow_id, w.step, w.kind, w.due_at, w.name, w.key
from unnest($1::uuid[], $2::uuid[]) as u (tenant_id, id)
cross join lateral (
  select * from waits h
  where h.tenant_id = u.tenant_id and h.workflow_id between u.id and u.id
  order by h.workflow_id
  offset 0
) w;
