-- Removes waits of workflows that were given up, page by page, but not what has their tasks asked to end and their rows
-- closed. $1..$3: tenant, workflow, the last step of the page before (null: from the first; arrays)
-- $4: number of workflows · $5: most waits of one to look at
-- Gives how far the page got of workflows with more. What reminds of a workflow as a whole has no step, is not looked at
-- and goes by itself: it is due.
-- Found by workflow, then removed by place (kit/postgres, Plans).
with scanned as materialized (
  select given.tenant_id, given.workflow_id, held.step, held.kind, held.place
  from (
    select * from unnest($1::uuid[], $2::uuid[], $3::text[]) as wanted (tenant_id, workflow_id, after) limit $4
  ) given
  cross join lateral (
    select h.step, h.kind, h.ctid as place from waits h
    where h.tenant_id = given.tenant_id
      and h.workflow_id <= given.workflow_id
      and (h.workflow_id, h.step) > (given.workflow_id, coalesce(given.after, ''))
    order by h.workflow_id, h.step
    limit $5
  ) held
), removed as (
  delete from waits w
  using (select place from scanned where kind not in ('cancel-tasks', 'discard')) s
  where w.ctid = s.place
)
select tenant_id, workflow_id, max(step) as scanned_to
from scanned
group by tenant_id, workflow_id
having count(*) >= $5;
