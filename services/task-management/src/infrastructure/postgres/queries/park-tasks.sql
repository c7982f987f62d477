-- Parks tasks whose ending could not be written. $1..$4: tenant, id, generation, error (arrays) · $5: number of rows
-- A task of its own is stuck until somebody retries or cancels it. That of a step has failed and nobody knows whether its
-- work was done: what follows is for its workflow, which is parked in the same transaction.
-- Gives the rows parked, with the columns of `settle-tasks.sql`. Fence: as there.
-- Found by key, then written by place (kit/postgres, Plans). Only this writer changes tasks, so places hold.
update tasks t
set
  status = case when t.workflow_id is null then 'stuck' else 'failed' end,
  error = u.error,
  finished_at = case when t.workflow_id is not null then (select taskflow_now()) end,
  outcome_unknown = case when t.workflow_id is not null then true end,
  stuck_at = case when t.workflow_id is null then (select taskflow_now()) end
from (
  select faults.error, faults.generation, held.place
  from (
    select *
    from unnest($1::uuid[], $2::uuid[], $3::int4[], $4::text[]) as wanted (tenant_id, id, generation, error)
    limit $5
  ) faults
  cross join lateral (
    select h.ctid as place from tasks h where h.tenant_id = faults.tenant_id and h.id = faults.id offset 0
  ) held
) u
where t.ctid = u.place
  and t.generation = u.generation
  and t.status in ('queued', 'running', 'retrying')
returning t.tenant_id, t.id, t.generation, t.status, t.type, t.queue, t.cancel_reason, t.workflow_id, t.step;
