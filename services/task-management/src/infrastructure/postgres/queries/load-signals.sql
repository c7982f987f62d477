-- How many signals of each name are kept for workflows. $1, $2: tenant, workflow (arrays) · $3: number of workflows
-- Found by workflow, one by one (kit/postgres, Plans).
select u.id as workflow_id, s.name, count(*)::int4 as kept
from (select * from unnest($1::uuid[], $2::uuid[]) as wanted (tenant_id, id) limit $3) u
cross join lateral (
  select h.name from signals h
  where h.tenant_id = u.tenant_id and h.workflow_id between u.id and u.id
  order by h.workflow_id
  offset 0
) s
group by u.id, s.name;
