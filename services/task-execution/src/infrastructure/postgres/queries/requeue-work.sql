-- Requeues work at its old place: handed back, or rescued with an attempt left.
-- Parameters: one element per task.
insert into waiting (tenant_id, id, seq, queue, type, priority, attempt, generation, attempt_ms, expires_at, queued_at,
  payload, options, definition, outcome_unknown)
select t.tenant_id, t.id, t.seq, t.queue, t.type, t.priority, t.attempt, t.generation, t.attempt_ms, t.expires_at,
  (select taskflow_now()), t.payload, t.options, t.definition, t.outcome_unknown
from unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::text[], $5::text[], $6::int[], $7::int[], $8::int[],
  $9::bigint[], $10::timestamptz[], $11::text[], $12::text[], $13::text[], $14::boolean[])
  t (tenant_id, id, seq, queue, type, priority, attempt, generation, attempt_ms, expires_at, payload, options,
    definition, outcome_unknown)
