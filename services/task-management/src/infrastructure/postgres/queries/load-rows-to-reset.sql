-- Rows of steps that may be started anew, without those of their items: the fan-out starts them anew when it gets to
-- them, and there may be a million. $1, $2: tenant, workflow (arrays) · $3: number of workflows
-- Gives those that have ended, with their generations; blocked ones stand as a reset would leave them.
-- Found by workflow, one by one (kit/postgres, Plans), and in it by what a row is.
-- Never null: step (every task of a workflow has one).
select u.id as workflow_id, t.step, t.generation
from (select * from unnest($1::uuid[], $2::uuid[]) as wanted (tenant_id, id) limit $3) u
cross join lateral (
  select h.step, h.generation, h.status from tasks h
  where h.tenant_id = u.tenant_id
    and h.workflow_id >= u.id
    and (h.workflow_id, row_part(h.step, h.generation)) < (u.id, 1)
  order by h.workflow_id
  offset 0
) t
where t.status <> 'blocked';
