-- Headers of workflows by id. $1, $2: tenant, id (arrays) · $3: most bytes of inputs and outputs, which one workflow alone
-- may exceed
-- `covered` as in `read-tasks.sql`.
-- Found by key, one by one (kit/postgres, Plans).
-- Never null: covered (the number of ids where nothing is beyond).
with found as (
  select
    w.*,
    u.n,
    row_number() over in_order as number,
    sum(octet_length(w.input) + coalesce(octet_length(w.output), 0)) over in_order as bytes
  from unnest($1::uuid[], $2::uuid[]) with ordinality as u (tenant_id, id, n)
  cross join lateral (
    select * from workflows h where h.tenant_id = u.tenant_id and h.id = u.id offset 0
  ) w
  window in_order as (order by u.n)
)
select
  w.tenant_id, w.id, w.name, w.version, w.hash, w.steps, w.status, w.input, w.output, w.error, w.failed_step,
  w.cancel_requested, w.cancel_reason, w.pause_reason, w.parent_id, w.parent_step, w.created_at, w.finished_at,
  w.stuck_at, w.stuck_from, w.stuck_error,
  (select coalesce(min(n) - 1, cardinality($1)) from found where number > 1 and bytes > $3::int8)::int as covered
from found w
where w.number = 1 or w.bytes <= $3::int8;
