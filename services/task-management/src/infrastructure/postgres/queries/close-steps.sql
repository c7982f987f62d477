-- Ends the rows of steps that no worker was asked for, of workflows that are given up: what waits, fans out or is to
-- start. $1, $2: tenant, workflow (arrays) · $3: number of workflows
-- Gives those that waited for a child, so that it can be asked to end.
-- Found by workflow, then written by place (kit/postgres, Plans). Only this writer changes tasks, so places hold.
with closed as (
  update tasks t
  set status = 'cancelled', finished_at = (select taskflow_now())
  from (
    select held.place
    from (select * from unnest($1::uuid[], $2::uuid[]) as wanted (tenant_id, id) limit $3) u
    cross join lateral (
      select h.ctid as place from tasks h
      where h.tenant_id = u.tenant_id
        and h.workflow_id between u.id and u.id
        and (h.status in ('blocked', 'scheduled') or (h.status = 'running' and h.type like 'taskflow.step/%'))
      order by h.workflow_id
      offset 0
    ) held
  ) u
  where t.ctid = u.place
  returning t.tenant_id, t.workflow_id, t.step, t.generation, t.type
)
select tenant_id, workflow_id, step, generation from closed where type = 'taskflow.step/child';
