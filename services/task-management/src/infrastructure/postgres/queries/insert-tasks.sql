-- Inserts new tasks, first generation, ready to run.
-- $1..$10: tenant, id, type, queue, priority, payload, options, workflow, step, created (one array each, same length)
insert into tasks (tenant_id, id, type, queue, priority, payload, options, workflow_id, step, created_at)
select *
from unnest(
  $1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::int4[], $6::text[], $7::text[], $8::uuid[], $9::text[],
  $10::timestamptz[]
);
