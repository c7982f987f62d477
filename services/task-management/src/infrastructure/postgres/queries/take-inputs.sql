-- Takes what was kept for workflows. $1, $2: tenant, workflow (arrays) · $3: number of workflows
-- Gives it in the order in which it came.
-- Found by workflow, then removed by place (kit/postgres, Plans).
with taken as (
  delete from kept_inputs k
  using (
    select held.place
    from (select * from unnest($1::uuid[], $2::uuid[]) as wanted (tenant_id, id) limit $3) wanted
    cross join lateral (
      select h.ctid as place from kept_inputs h
      where h.tenant_id = wanted.tenant_id and h.workflow_id between wanted.id and wanted.id
      order by h.workflow_id
      offset 0
    ) held
  ) u
  where k.ctid = u.place
  returning k.tenant_id, k.workflow_id, k.kind, k.input, k.number
)
select tenant_id, workflow_id, kind, input from taken order by number;
