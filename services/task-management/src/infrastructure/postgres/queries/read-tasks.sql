-- Tasks by id, whole. $1, $2: tenant, id (arrays) · $3: most bytes of payloads and results, which one task alone may exceed
-- `covered` tells how many of the ids were looked at: what is beyond would have been too many bytes.
-- Found by key, one by one (kit/postgres, Plans).
-- Never null: covered (the number of ids where nothing is beyond).
with found as (
  select
    t.*,
    u.n,
    row_number() over in_order as number,
    sum(octet_length(t.payload) + coalesce(octet_length(t.result), 0)) over in_order as bytes
  from unnest($1::uuid[], $2::uuid[]) with ordinality as u (tenant_id, id, n)
  cross join lateral (
    select * from tasks h where h.tenant_id = u.tenant_id and h.id = u.id offset 0
  ) t
  window in_order as (order by u.n)
)
select
  t.tenant_id, t.id, t.generation, t.type, t.queue, t.priority, t.status, t.attempts, t.payload, t.result, t.error,
  t.progress, t.options, t.cancel_requested, t.workflow_id, t.step, t.created_at, t.started_at, t.finished_at,
  t.stuck_at,
  (select coalesce(min(n) - 1, cardinality($1)) from found where number > 1 and bytes > $3::int8)::int as covered
from found t
where t.number = 1 or t.bytes <= $3::int8;
