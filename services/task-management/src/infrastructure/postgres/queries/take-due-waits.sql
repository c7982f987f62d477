-- Takes waits whose time has come. $1..$3: tenant, workflow, step (arrays) · $4: number of rows
-- Gives those that are due now, in the order of their times: one that ended meanwhile, or began anew, is left out.
-- Found by key, then removed by place (kit/postgres, Plans).
with taken as (
  delete from waits w
  using (
    select held.place
    from (
      select * from unnest($1::uuid[], $2::uuid[], $3::text[]) as due (tenant_id, workflow_id, step) limit $4
    ) due
    cross join lateral (
      select h.ctid as place from waits h
      where h.tenant_id = due.tenant_id
        and h.workflow_id = due.workflow_id
        and h.step = due.step
        and h.due_at <= (select taskflow_now())
      offset 0
    ) held
  ) u
  where w.ctid = u.place
  returning w.tenant_id, w.workflow_id, w.step, w.kind, w.name, w.key, w.due_at
)
select tenant_id, workflow_id, step, kind, name, key from taken order by due_at, workflow_id, step;
