-- Gives items rows of a fan-out that has run before: those that it had then are started anew, under the next generation.
-- $1..$10: tenant, id, type, queue, priority, payload, options, workflow, step, created · $11: status (one array each,
-- same length)
-- Gives each row with its generation. One that is still at work is missing: it was asked to end when its workflow was
-- given up, and nobody can take it back.
insert into tasks (tenant_id, id, type, queue, priority, payload, options, workflow_id, step, created_at, status)
select *
from unnest(
  $1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::int4[], $6::text[], $7::text[], $8::uuid[], $9::text[],
  $10::timestamptz[], $11::text[]
)
on conflict (tenant_id, id) do update
set
  generation = tasks.generation + 1,
  type = excluded.type,
  queue = excluded.queue,
  priority = excluded.priority,
  payload = excluded.payload,
  options = excluded.options,
  created_at = excluded.created_at,
  status = excluded.status,
  attempts = 0,
  result = null,
  error = null,
  progress = null,
  cancel_requested = false,
  cancel_reason = null,
  outcome_unknown = null,
  started_at = null,
  finished_at = null
where tasks.status not in ('queued', 'running', 'retrying')
returning id, generation;
