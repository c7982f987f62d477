-- Headers of workflows by id. $1, $2: tenant, id (arrays)
-- Found by key, one by one (kit/postgres, Plans).
select
  w.tenant_id, w.id, w.name, w.version, w.hash, w.steps, w.status, w.input, w.output, w.error, w.failed_step,
  w.cancel_requested, w.cancel_reason, w.pause_reason, w.parent_id, w.parent_step, w.created_at, w.finished_at,
  w.stuck_at, w.stuck_from, w.stuck_error
from unnest($1::uuid[], $2::uuid[]) as u (tenant_id, id)
cross join lateral (
  select * from workflows h where h.tenant_id = u.tenant_id and h.id = u.id offset 0
) w;
