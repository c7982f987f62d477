-- How workflows' steps stand. $1, $2: tenant, workflow (arrays) · $3: number of workflows
-- A row for each row of a step. Items are left out: there may be a million of them, and `fan_out` says of a fan-out that
-- is under way how they stand, as JSON.
-- Found by workflow, one by one (kit/postgres, Plans), and in it by what a row is: the comparison of rows ends the walk
-- along the index where the items begin.
-- Never null: step (every task of a workflow has one).
select
  u.id as workflow_id, s.id, s.step, s.generation, s.status, coalesce(s.outcome_unknown, false) as outcome_unknown,
  case
    when s.type = 'taskflow.step/each' and s.status = 'running' then (
      select to_json(f)::text from fan_outs f
      where f.tenant_id = u.tenant_id and f.workflow_id = u.id and f.step = s.step
      offset 0
    )
  end as fan_out
from (select * from unnest($1::uuid[], $2::uuid[]) as wanted (tenant_id, id) limit $3) u
cross join lateral (
  select h.id, h.step, h.generation, h.status, h.type, h.outcome_unknown from tasks h
  where h.tenant_id = u.tenant_id
    and h.workflow_id >= u.id
    and (h.workflow_id, row_part(h.step, h.generation)) < (u.id, 1)
  order by h.workflow_id
  offset 0
) s;
