-- Tasks by id, whole. $1: tenant · $2: ids
select
  tenant_id, id, generation, type, queue, priority, status, attempts, payload, result, error, progress, options,
  cancel_requested, workflow_id, step, created_at, started_at, finished_at
from tasks
where tenant_id = $1::uuid and id = any ($2::uuid[]);
