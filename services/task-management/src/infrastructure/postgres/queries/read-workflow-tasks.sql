-- The started steps of workflows with what prepares and undoes them, without payloads and without the items of
-- fan-outs. $1, $2: tenant, workflow (arrays)
-- $3: most bytes of results for one workflow; those beyond are null and marked, to be read at their tasks
-- Found by workflow, one by one (kit/postgres, Plans). The order of its index leaves no choice but that one, where
-- the key begins with the tenant, too.
-- Never null: result_omitted (the sum holds the row itself).
select
  t.workflow_id, t.id, t.step, t.generation, t.status, t.attempts, t.error, t.progress, t.started_at, t.finished_at,
  coalesce(t.outcome_unknown, false) as outcome_unknown, t.cancel_reason,
  case when t.bytes <= $3 then t.result end as result,
  t.result is not null and t.bytes > $3 as result_omitted
from (
  select s.*, sum(coalesce(octet_length(s.result), 0)) over (partition by s.workflow_id order by s.id) as bytes
  from unnest($1::uuid[], $2::uuid[]) as u (tenant_id, id)
  cross join lateral (
    select * from tasks h
    where h.tenant_id = u.tenant_id
      and h.workflow_id between u.id and u.id
      and h.step !~ '/[0-9]+$'
    order by h.workflow_id
    offset 0
  ) s
) t;
