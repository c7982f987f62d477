-- One page of the tasks of one workflow, newest first. $1: tenant · $2: workflow · $3: ids below this one
-- $4: status · $5: type · $6: queue · $7: tags as a JSON object (filters: null for any) · $8: rows to give
select
  tenant_id, id, generation, type, queue, priority, status, attempts, payload, result, error, progress, options,
  cancel_requested, workflow_id, step, created_at, started_at, finished_at
from tasks
where tenant_id = $1::uuid
  and workflow_id = $2::uuid
  and ($3::uuid is null or id < $3::uuid)
  and ($4::text is null or status = $4)
  and ($5::text is null or type = $5)
  and ($6::text is null or queue = $6)
  and ($7::text is null or options::jsonb -> 'tags' @> $7::jsonb)
order by id desc
limit $8;
