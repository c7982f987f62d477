-- Keeps work that failed for good, with its payload and its last error.
-- Parameters: one element per task.
insert into dead_letters (tenant_id, id, task_id, generation, queue, type, attempts, reason, fingerprint, error, payload,
  options, buried_at)
select t.tenant_id, t.id, t.task_id, t.generation, t.queue, t.type, t.attempts, t.reason, t.fingerprint, t.error,
  t.payload, t.options, (select taskflow_now())
from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::int[], $5::text[], $6::text[], $7::int[], $8::text[], $9::text[],
  $10::text[], $11::text[], $12::text[])
  t (tenant_id, id, task_id, generation, queue, type, attempts, reason, fingerprint, error, payload, options)
