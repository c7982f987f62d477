-- The rows of workflows' steps. $1, $2: tenant, workflow (arrays) · $3: number of workflows
-- `fanned_out` is the payload of a fan-out's own row, which tells the number of its items; `closed` are items that never
-- started.
-- Found by workflow, one by one (kit/postgres, Plans). The order of its index leaves no choice but that one, where
-- the key begins with the tenant, too.
select
  t.workflow_id, t.id, t.step, t.generation, t.status, t.outcome_unknown,
  t.status = 'skipped' and t.started_at is null as closed,
  case when t.type = 'taskflow.step/each' then t.payload end as fanned_out
from (select * from unnest($1::uuid[], $2::uuid[]) as wanted (tenant_id, id) limit $3) u
cross join lateral (
  select h.workflow_id, h.id, h.step, h.generation, h.status, h.outcome_unknown, h.started_at, h.type, h.payload
  from tasks h
  where h.tenant_id = u.tenant_id and h.workflow_id between u.id and u.id
  order by h.workflow_id
  offset 0
) t;
