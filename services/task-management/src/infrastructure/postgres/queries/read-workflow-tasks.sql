-- The started steps of workflows, without their payloads. $1, $2: tenant, workflow (arrays)
select
  t.workflow_id, t.id, t.step, t.status, t.attempts, t.result, t.error, t.progress, t.started_at, t.finished_at
from unnest($1::uuid[], $2::uuid[]) as u (tenant_id, id)
join tasks t on t.tenant_id = u.tenant_id and t.workflow_id = u.id;
