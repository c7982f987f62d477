-- Marks the live tasks of cancelled workflows, page by page; what undoes their steps goes on.
-- $1..$4: tenant, workflow, reason, the last task of the page before (null: from the first; arrays)
-- $5: number of workflows · $6: most tasks of one to look at
-- Gives those that were live and not marked before; only they are announced, each once. Of a workflow with more tasks it
-- also gives a row without `id` that says how far the page got.
-- Gone through in the order of the index: steps, items that were started again, other items, each by id.
-- A workflow that was retried meanwhile is left alone: its tasks are no longer asked to end.
-- Found by workflow, then written by place (kit/postgres, Plans). Only this writer changes tasks, so places hold.
-- Never null: workflow_id (the tasks were found by it).
with scanned as materialized (
  select ended.tenant_id, ended.id as workflow_id, ended.reason, held.id, held.part, held.place, held.is_live
  from (
    select
      wanted.*,
      (
        select row_part(h.step, h.generation) from tasks h
        where h.tenant_id = wanted.tenant_id and h.id = wanted.after
        offset 0
      ) as after_part
    from unnest($1::uuid[], $2::uuid[], $3::text[], $4::uuid[]) as wanted (tenant_id, id, reason, after)
    limit $5
  ) ended
  cross join lateral (
    select
      h.id, h.ctid as place, row_part(h.step, h.generation) as part,
      h.status in ('queued', 'running', 'retrying')
        and not h.cancel_requested
        and h.type not like 'taskflow.step/%'
        and h.step not like '%/compensation' as is_live
    from tasks h
    where h.tenant_id = ended.tenant_id
      and h.workflow_id <= ended.id
      and (h.workflow_id, row_part(h.step, h.generation), h.id)
        > (ended.id, coalesce(ended.after_part, -1), coalesce(ended.after, '00000000-0000-0000-0000-000000000000'))
    order by h.workflow_id, part, h.id
    limit $6
  ) held
  where ended.after is null
    or exists (
      select from workflows w
      where w.tenant_id = ended.tenant_id
        and w.id = ended.id
        and (w.cancel_requested or w.status = 'cancelled')
      offset 0
    )
), marked as (
  update tasks t
  set cancel_requested = true, cancel_reason = s.reason
  from (select place, reason from scanned where is_live) s
  where t.ctid = s.place
  returning t.tenant_id, t.id, t.generation, t.workflow_id
)
select tenant_id, id, generation, workflow_id, null::uuid as scanned_to from marked
union all
select tenant_id, null, null, workflow_id, (array_agg(id order by part desc, id desc))[1]
from scanned
group by tenant_id, workflow_id
having count(*) >= $6;
