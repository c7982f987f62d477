-- Reads and locks the tasks that commands are about, so that no fact changes them before the commands are written.
-- $1, $2: tenant, id (arrays) · $3: number of them (keeps the plan a probe per row)
-- Found by key, one by one (kit/postgres, Plans).
select
  t.tenant_id, t.id, t.generation, t.type, t.queue, t.priority, t.status, t.attempts, t.payload, t.options,
  t.cancel_requested, t.cancel_reason, t.workflow_id, t.step, t.created_at
from (select * from unnest($1::uuid[], $2::uuid[]) as wanted (tenant_id, id) limit $3) u
cross join lateral (
  select * from tasks h where h.tenant_id = u.tenant_id and h.id = u.id offset 0 for update
) t;
