-- Marks live tasks of cancelled workflows.
-- $1..$3: tenant, id, reason · $4: number of rows
-- Gives those that were live and not marked before; only they are announced, each once.
update tasks t
set cancel_requested = true, cancel_reason = u.reason
from (
  select * from unnest($1::uuid[], $2::uuid[], $3::text[]) as wanted (tenant_id, id, reason) limit $4
) u
where t.tenant_id = u.tenant_id
  and t.id = u.id
  and t.status in ('queued', 'running', 'retrying')
  and not t.cancel_requested
returning t.tenant_id, t.id, t.generation;
