-- Removes what was kept for workflows that were given up, page by page.
-- $1..$3: tenant, workflow, the number of the last one of the page before as text (null: from the first; arrays)
-- $4: number of workflows · $5: most of one
-- Gives how far the page got of workflows with more.
-- Found by workflow, then removed by place (kit/postgres, Plans).
with scanned as materialized (
  select given.tenant_id, given.workflow_id, held.number, held.place
  from (
    select * from unnest($1::uuid[], $2::uuid[], $3::text[]) as wanted (tenant_id, workflow_id, after) limit $4
  ) given
  cross join lateral (
    select h.number, h.ctid as place from kept_inputs h
    where h.tenant_id = given.tenant_id
      and h.workflow_id <= given.workflow_id
      and (h.workflow_id, h.number) > (given.workflow_id, coalesce(given.after::bigint, 0))
    order by h.workflow_id, h.number
    limit $5
  ) held
), removed as (
  delete from kept_inputs k using (select place from scanned) s where k.ctid = s.place
)
select tenant_id, workflow_id, max(number)::text as scanned_to
from scanned
group by tenant_id, workflow_id
having count(*) >= $5;
