-- Rows of steps that run again. $1..$3: tenant, workflow, keys of its steps as a JSON list (arrays)
-- $4: number of workflows
-- Gives those that have ended, with their generations; blocked ones stand as a reset would leave them.
-- Found by workflow, one by one (kit/postgres, Plans).
select u.id as workflow_id, t.step, t.generation
from (
  select * from unnest($1::uuid[], $2::uuid[], $3::text[]) as wanted (tenant_id, id, keys) limit $4
) u
cross join lateral (
  select h.step, h.generation, h.status from tasks h
  where h.tenant_id = u.tenant_id and h.workflow_id between u.id and u.id
  order by h.workflow_id
  offset 0
) t
where t.status <> 'blocked' and u.keys::jsonb ? split_part(t.step, '/', 1);
