-- Marks live tasks of cancelled workflows.
-- $1..$3: tenant, id, reason · $4: number of rows
-- Gives those that were live and not marked before; only they are announced, each once.
-- Found by key, then written by place (kit/postgres, Plans). Only this writer changes tasks, so places hold.
update tasks t
set cancel_requested = true, cancel_reason = u.reason
from (
  select wanted.reason, held.place
  from (select * from unnest($1::uuid[], $2::uuid[], $3::text[]) as wanted (tenant_id, id, reason) limit $4) wanted
  cross join lateral (
    select h.ctid as place from tasks h where h.tenant_id = wanted.tenant_id and h.id = wanted.id offset 0
  ) held
) u
where t.ctid = u.place
  and t.status in ('queued', 'running', 'retrying')
  and not t.cancel_requested
returning t.tenant_id, t.id, t.generation;
