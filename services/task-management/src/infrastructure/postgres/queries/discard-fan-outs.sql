-- Removes the fan-outs of workflows that are given up. $1, $2: tenant, workflow (arrays) · $3: number of workflows
-- Found by workflow, then removed by place (kit/postgres, Plans).
delete from fan_outs f
using (
  select held.place
  from (select * from unnest($1::uuid[], $2::uuid[]) as wanted (tenant_id, id) limit $3) u
  cross join lateral (
    select h.ctid as place from fan_outs h
    where h.tenant_id = u.tenant_id and h.workflow_id between u.id and u.id
    order by h.workflow_id
    offset 0
  ) held
) u
where f.ctid = u.place;
