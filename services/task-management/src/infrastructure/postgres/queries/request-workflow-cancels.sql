-- Marks the live tasks of cancelled workflows; what undoes their steps goes on.
-- $1..$3: tenant, workflow, reason (arrays) · $4: number of workflows
-- Gives those that were live and not marked before; only they are announced, each once.
-- Found by workflow, then written by place (kit/postgres, Plans). Only this writer changes tasks, so places hold.
update tasks t
set cancel_requested = true, cancel_reason = u.reason
from (
  select ended.reason, held.place
  from (
    select * from unnest($1::uuid[], $2::uuid[], $3::text[]) as wanted (tenant_id, id, reason) limit $4
  ) ended
  cross join lateral (
    select h.ctid as place from tasks h
    where h.tenant_id = ended.tenant_id
      and h.workflow_id between ended.id and ended.id
      and h.status in ('queued', 'running', 'retrying')
      and not h.cancel_requested
      and h.type not like 'taskflow.step/%'
      and h.step not like '%/compensation'
    order by h.workflow_id
    offset 0
  ) held
) u
where t.ctid = u.place
returning t.tenant_id, t.id, t.generation, t.workflow_id;
