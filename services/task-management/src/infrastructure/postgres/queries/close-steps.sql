-- Ends the rows of steps that no worker was asked for, of workflows that were given up, page by page: what waits, fans
-- out or is to start. $1..$4: tenant, workflow, the last row of the page before (null: from the first), most children to
-- give (arrays) · $5: number of workflows · $6: most rows of one to look at
-- Gives those that waited for a child, so that it can be asked to end; a page ends before the first that is too many. Of
-- a workflow with more rows it also gives a row without `step` that says how far the page got, null where it did not begin.
-- Gone through in the order of the index, as in `request-workflow-cancels.sql`.
-- Found by workflow, then written by place (kit/postgres, Plans). Only this writer changes tasks, so places hold.
with scanned as materialized (
  select
    given.*, held.*,
    sum(held.is_child::int) over (partition by given.tenant_id, given.workflow_id order by held.part, held.row_id) as nth
  from (
    select
      wanted.*,
      (
        select row_part(h.step, h.generation) from tasks h
        where h.tenant_id = wanted.tenant_id and h.id = wanted.after
        offset 0
      ) as after_part
    from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::int4[]) as wanted (tenant_id, workflow_id, after, children)
    limit $5
  ) given
  cross join lateral (
    select
      h.id as row_id, h.ctid as place, row_part(h.step, h.generation) as part, h.step, h.generation,
      h.status in ('blocked', 'scheduled') or (h.status = 'running' and h.type like 'taskflow.step/%') as is_open,
      h.status in ('blocked', 'scheduled', 'running') and h.type = 'taskflow.step/child' as is_child
    from tasks h
    where h.tenant_id = given.tenant_id
      and h.workflow_id <= given.workflow_id
      and (h.workflow_id, row_part(h.step, h.generation), h.id) > (
        given.workflow_id, coalesce(given.after_part, -1), coalesce(given.after, '00000000-0000-0000-0000-000000000000')
      )
    order by h.workflow_id, part, h.id
    limit $6
  ) held
), closed as (
  update tasks t
  set status = 'cancelled', finished_at = (select taskflow_now())
  from (select place from scanned where is_open and nth <= children) s
  where t.ctid = s.place
)
select tenant_id, workflow_id, step, generation, null::uuid as scanned_to
from scanned
where is_child and nth <= children
union all
select
  tenant_id, workflow_id, null, null,
  coalesce((array_agg(row_id order by part desc, row_id desc) filter (where nth <= children))[1], max(after::text)::uuid)
from scanned
group by tenant_id, workflow_id
having count(*) >= $6 or bool_or(nth > children);
