-- How the items of fan-outs stand. $1, $2: tenant, workflow (arrays)
-- Found by workflow, one by one (kit/postgres, Plans).
select
  i.workflow_id,
  split_part(i.step, '/', 1) as step,
  count(*)::int4 as total,
  count(*) filter (where i.status = 'blocked')::int4 as blocked,
  count(*) filter (where i.status = 'skipped')::int4 as skipped,
  count(*) filter (where i.status = 'completed')::int4 as completed,
  count(*) filter (where i.status in ('failed', 'cancelled'))::int4 as failed,
  count(*) filter (where i.status in ('failed', 'cancelled') and i.outcome_unknown)::int4 as unknown
from unnest($1::uuid[], $2::uuid[]) as u (tenant_id, id)
cross join lateral (
  select h.workflow_id, h.step, h.status, h.outcome_unknown from tasks h
  where h.tenant_id = u.tenant_id
    and h.workflow_id between u.id and u.id
    and h.step ~ '/[0-9]+$'
  order by h.workflow_id
  offset 0
) i
group by 1, 2;
