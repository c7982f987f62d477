-- Inserts tasks of steps that start now.
-- $1..$10: tenant, id, type, queue, priority, payload, options, workflow, step, created (one array each, same length)
-- Gives the number of rows inserted. A step's id is derived, so a step that was started before is left alone and
-- missing from the count: the caller decided from an outdated state and must decide again.
with inserted as (
  insert into tasks (tenant_id, id, type, queue, priority, payload, options, workflow_id, step, created_at)
  select *
  from unnest(
    $1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::int4[], $6::text[], $7::text[], $8::uuid[], $9::text[],
    $10::timestamptz[]
  )
  on conflict (tenant_id, id) do nothing
  returning 1
)
select count(*)::int4 as inserted from inserted;
