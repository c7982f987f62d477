-- Headers of workflows by id. $1, $2: tenant, id (arrays)
select
  w.tenant_id, w.id, w.name, w.version, w.hash, w.steps, w.status, w.input, w.output, w.error, w.failed_step,
  w.cancel_requested, w.created_at, w.finished_at
from unnest($1::uuid[], $2::uuid[]) as u (tenant_id, id)
join workflows w on w.tenant_id = u.tenant_id and w.id = u.id;
