-- Headers of workflows. $1, $2: tenant, id (arrays) · $3: number of them · $4: most that they may weigh together, or null:
-- steps, and hundreds of bytes of their inputs
-- Where they weigh more, `fits` is false and their inputs are left out.
-- Found by key, one by one (kit/postgres, Plans).
-- Never null: input (of rows that do not fit nothing else is used).
select
  w.tenant_id, w.id, w.name, w.version, w.hash, w.status, case when (w.weight <= $4) is not false then w.input end as input,
  w.error, w.failed_step, w.cancel_requested, w.cancel_reason, w.pause_reason, w.options, w.created_at, w.parent_id,
  w.parent_step, w.stuck_from, w.stuck_error, (w.weight <= $4) is not false as fits
from (
  select h.*, sum(h.steps + octet_length(h.input) / 100) over () as weight
  from (select * from unnest($1::uuid[], $2::uuid[]) as wanted (tenant_id, id) limit $3) u
  cross join lateral (
    select * from workflows h where h.tenant_id = u.tenant_id and h.id = u.id offset 0
  ) h
) w;
