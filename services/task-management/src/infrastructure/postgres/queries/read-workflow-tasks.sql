-- The started steps of one workflow, without their payloads. $1: tenant · $2: workflow
select id, step, status, attempts, result, error, progress, started_at, finished_at
from tasks
where tenant_id = $1::uuid and workflow_id = $2::uuid;
