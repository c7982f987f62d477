-- How the items of fan-outs stand. $1, $2: tenant, workflow (arrays) · $3: most rows of one workflow to look at
-- A workflow with more rows is left out: its items would be counted for seconds, for one answer.
-- Found by workflow, one by one (kit/postgres, Plans).
select
  u.id as workflow_id,
  i.step, i.total, i.blocked, i.skipped, i.completed, i.failed, i.unknown
from unnest($1::uuid[], $2::uuid[]) as u (tenant_id, id)
cross join lateral (
  select
    split_part(s.step, '/', 1) as step,
    count(*)::int4 as total,
    count(*) filter (where s.status = 'blocked')::int4 as blocked,
    count(*) filter (where s.status = 'skipped')::int4 as skipped,
    count(*) filter (where s.status = 'completed')::int4 as completed,
    count(*) filter (where s.status in ('failed', 'cancelled'))::int4 as failed,
    count(*) filter (where s.status in ('failed', 'cancelled') and s.outcome_unknown)::int4 as unknown,
    max(s.looked_at) as looked_at
  from (
    select h.step, h.status, h.outcome_unknown, count(*) over () as looked_at
    from (
      select t.step, t.status, t.outcome_unknown from tasks t
      where t.tenant_id = u.tenant_id and t.workflow_id between u.id and u.id
      order by t.workflow_id
      limit $3
    ) h
  ) s
  where s.step ~ '/[0-9]+$'
  group by 1
) i
where i.looked_at < $3;
