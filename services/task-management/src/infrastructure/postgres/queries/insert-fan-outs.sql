-- Records fan-outs that begin. $1..$3: tenant, workflow, step · $4..$11: total, laid, largest, started, completed, failed,
-- unknown, closed (one array each, same length)
-- Gives the number of rows inserted; one that is under way already is missing from it.
with inserted as (
  insert into fan_outs
    (tenant_id, workflow_id, step, total, laid, largest, started, completed, failed, unknown, closed, revision)
  select *, 1
  from unnest(
    $1::uuid[], $2::uuid[], $3::text[], $4::int4[], $5::int4[], $6::int4[], $7::int4[], $8::int4[], $9::int4[],
    $10::int4[], $11::bool[]
  )
  on conflict (tenant_id, workflow_id, step) do nothing
  returning 1
)
select count(*)::int4 as inserted from inserted;
