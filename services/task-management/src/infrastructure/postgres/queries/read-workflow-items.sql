-- How the items of fan-outs stand. $1, $2: tenant, workflow (arrays) · $3: most rows of one workflow to look at
-- A workflow with more rows is left out: its items would be counted for seconds, for one answer.
-- Rows of items that the step has had in a former run, and has not got to or does not have any more, are not counted:
-- those beyond its number of items, beyond the first so many that have been laid out while it is under way, and all of
-- them while it has not begun again. `read-step-rows.sql` says how that number is read.
-- Found by workflow, one by one (kit/postgres, Plans).
-- Never null: step (every task of a workflow has one).
select
  u.id as workflow_id,
  i.step, i.total, i.blocked, i.skipped, i.completed, i.failed, i.unknown
from unnest($1::uuid[], $2::uuid[]) as u (tenant_id, id)
cross join lateral (
  select
    s.key as step,
    count(*) filter (where s.is_counted)::int4 as total,
    count(*) filter (where s.is_counted and s.status = 'blocked')::int4 as blocked,
    count(*) filter (where s.is_counted and s.status = 'skipped')::int4 as skipped,
    count(*) filter (where s.is_counted and s.status = 'completed')::int4 as completed,
    count(*) filter (where s.is_counted and s.status in ('failed', 'cancelled'))::int4 as failed,
    count(*) filter (where s.is_counted and s.status in ('failed', 'cancelled') and s.outcome_unknown)::int4 as unknown
  from (
    select
      h.*, coalesce(h.item < max(h.items) over (partition by h.key), false) as is_counted, count(*) over () as looked_at
    from (
      select
        split_part(t.step, '/', 1) as key,
        case when t.step ~ '/[0-9]+$' then split_part(t.step, '/', 2)::int4 end as item,
        t.status, t.outcome_unknown,
        case
          when t.type = 'taskflow.step/each' and t.status <> 'blocked' then least(
            substring(t.payload from '"items":(\d{1,9})')::int4,
            (
              select f.laid from fan_outs f
              where f.tenant_id = t.tenant_id and f.workflow_id = t.workflow_id and f.step = t.step
              offset 0
            )
          )
        end as items
      from tasks t
      where t.tenant_id = u.tenant_id and t.workflow_id between u.id and u.id
      order by t.workflow_id
      limit $3
    ) h
  ) s
  where s.looked_at < $3 and s.item is not null
  group by s.key
) i;
