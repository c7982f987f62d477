-- Headers of workflows with their graphs. $1, $2: tenant, id (arrays) · $3: number of them
select
  w.tenant_id, w.id, w.name, w.version, w.hash, w.status, w.input, w.failed_step, w.cancel_requested, w.cancel_reason,
  w.options, w.created_at, g.graph
from (select * from unnest($1::uuid[], $2::uuid[]) as wanted (tenant_id, id) limit $3) u
join workflows w on w.tenant_id = u.tenant_id and w.id = u.id
join workflow_graphs g on g.tenant_id = w.tenant_id and g.hash = w.hash;
