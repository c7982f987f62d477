-- Counts items that ended while nothing is decided about their workflow.
-- $1..$3: tenant, workflow, step · $4..$6: how many more completed, failed, failed with an unknown outcome (arrays)
-- $7: number of rows
-- A fan-out that is over has no row: nothing follows from its items any more.
-- Found by key, then written by place (kit/postgres, Plans). Only this writer changes fan-outs, so places hold.
update fan_outs f
set
  completed = f.completed + u.completed,
  failed = f.failed + u.failed,
  unknown = f.unknown + u.unknown,
  revision = f.revision + 1
from (
  select ended.*, held.place
  from (
    select *
    from unnest($1::uuid[], $2::uuid[], $3::text[], $4::int4[], $5::int4[], $6::int4[])
      as more (tenant_id, workflow_id, step, completed, failed, unknown)
    limit $7
  ) ended
  cross join lateral (
    select h.ctid as place from fan_outs h
    where h.tenant_id = ended.tenant_id and h.workflow_id = ended.workflow_id and h.step = ended.step
    offset 0
  ) held
) u
where f.ctid = u.place;
