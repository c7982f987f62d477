-- Tasks by id, whole. $1, $2: tenant, id (arrays)
-- Found by key, one by one (kit/postgres, Plans).
select
  t.tenant_id, t.id, t.generation, t.type, t.queue, t.priority, t.status, t.attempts, t.payload, t.result, t.error,
  t.progress, t.options, t.cancel_requested, t.workflow_id, t.step, t.created_at, t.started_at, t.finished_at,
  t.stuck_at
from unnest($1::uuid[], $2::uuid[]) as u (tenant_id, id)
cross join lateral (
  select * from tasks h where h.tenant_id = u.tenant_id and h.id = u.id offset 0
) t;
