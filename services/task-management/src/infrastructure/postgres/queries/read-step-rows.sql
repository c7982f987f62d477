-- Rows of steps by id, as `read-workflow-tasks.sql` gives those of a workflow: one that fans out may have a million rows
-- of items beside them. $1, $2: tenant, id (arrays) · $3: most bytes of results for one workflow
-- `fanned_out` is the number of a fan-out's items, some of which may have no row yet. It is looked for in the text: one
-- payload that is no JSON would fail the statement for every workflow that is read with it.
-- Found by key, one by one (kit/postgres, Plans).
-- Never null: workflow_id, step, result_omitted (rows of steps have the first two).
select
  t.workflow_id, t.id, t.step, t.generation, t.status, t.attempts, t.error, t.progress, t.started_at, t.finished_at,
  coalesce(t.outcome_unknown, false) as outcome_unknown, t.cancel_reason,
  case when t.bytes <= $3 then t.result end as result,
  t.result is not null and t.bytes > $3 as result_omitted,
  case when t.type = 'taskflow.step/each' then substring(t.payload from '"items":(\d{1,9})')::int4 end as fanned_out
from (
  select s.*, sum(coalesce(octet_length(s.result), 0)) over (partition by s.workflow_id order by s.id) as bytes
  from unnest($1::uuid[], $2::uuid[]) as u (tenant_id, id)
  cross join lateral (
    select * from tasks h where h.tenant_id = u.tenant_id and h.id = u.id offset 0
  ) s
) t;
