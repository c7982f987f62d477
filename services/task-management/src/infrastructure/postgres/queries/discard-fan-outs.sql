-- Removes the fan-outs of workflows that were given up, page by page.
-- $1..$3: tenant, workflow, the last step of the page before (null: from the first; arrays)
-- $4: number of workflows · $5: most fan-outs of one
-- Gives how far the page got of workflows with more.
-- Found by workflow, then removed by place (kit/postgres, Plans).
with scanned as materialized (
  select given.tenant_id, given.workflow_id, held.step, held.place
  from (
    select * from unnest($1::uuid[], $2::uuid[], $3::text[]) as wanted (tenant_id, workflow_id, after) limit $4
  ) given
  cross join lateral (
    select h.step, h.ctid as place from fan_outs h
    where h.tenant_id = given.tenant_id
      and h.workflow_id <= given.workflow_id
      and (h.workflow_id, h.step) > (given.workflow_id, coalesce(given.after, ''))
    order by h.workflow_id, h.step
    limit $5
  ) held
), removed as (
  delete from fan_outs f using (select place from scanned) s where f.ctid = s.place
)
select tenant_id, workflow_id, max(step) as scanned_to
from scanned
group by tenant_id, workflow_id
having count(*) >= $5;
