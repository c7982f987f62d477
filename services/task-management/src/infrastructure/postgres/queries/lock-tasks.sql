-- Reads and locks the tasks that commands are about, so that no fact changes them before the commands are written.
-- $1, $2: tenant, id (arrays) · $3: number of them (keeps the plan a probe per row)
select
  t.tenant_id, t.id, t.generation, t.type, t.queue, t.priority, t.status, t.attempts, t.payload, t.options,
  t.cancel_requested, t.cancel_reason, t.workflow_id, t.step, t.created_at
from (select * from unnest($1::uuid[], $2::uuid[]) as wanted (tenant_id, id) limit $3) u
join tasks t on t.tenant_id = u.tenant_id and t.id = u.id
for update of t;
