-- How many signals are kept for workflows that are stuck, up to $4 of each. $1, $2: tenant, workflow (arrays)
-- $3: number of workflows
-- Found by workflow, one by one (kit/postgres, Plans).
select u.id, kept.signals
from (select * from unnest($1::uuid[], $2::uuid[]) as wanted (tenant_id, id) limit $3) u
cross join lateral (
  select count(*)::int4 as signals
  from (
    select 1 from kept_inputs h
    where h.tenant_id = u.tenant_id and h.workflow_id between u.id and u.id and h.kind = 'signal'
    limit $4
  ) counted
) kept;
