-- Headers of workflows. $1, $2: tenant, id (arrays) · $3: number of them
-- Found by key, one by one (kit/postgres, Plans).
select
  w.tenant_id, w.id, w.name, w.version, w.hash, w.status, w.input, w.error, w.failed_step, w.cancel_requested,
  w.cancel_reason, w.pause_reason, w.options, w.created_at, w.parent_id, w.parent_step, w.stuck_from
from (select * from unnest($1::uuid[], $2::uuid[]) as wanted (tenant_id, id) limit $3) u
cross join lateral (
  select * from workflows h where h.tenant_id = u.tenant_id and h.id = u.id offset 0
) w;
