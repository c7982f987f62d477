-- One workflow's header with its graph. $1: tenant · $2: id
select
  w.tenant_id, w.id, w.name, w.version, w.hash, w.steps, w.status, w.input, w.output, w.error, w.failed_step,
  w.cancel_requested, w.created_at, w.finished_at, g.graph
from workflows w
join workflow_graphs g on g.tenant_id = w.tenant_id and g.hash = w.hash
where w.tenant_id = $1::uuid and w.id = $2::uuid;
