-- Planted bug: that a timer has fired is noted some time after it has.
-- Parameters and result: as stage-due-work.
with due as materialized (
  select d.* from delayed d
  where d.due_at <= (select taskflow_now()) and $2::bigint > 0
    and d.id <> all ($3::uuid[]) and ($4::uuid[] is null or d.id = any ($4::uuid[]))
  order by d.due_at limit $1
), fired as (
  delete from delayed d using due
  where d.tenant_id = due.tenant_id and d.id = due.id and due.due_at <= (select taskflow_now()) - interval '100 ms'
)
insert into waiting (tenant_id, id, seq, queue, type, priority, attempt, generation, attempt_ms, expires_at, queued_at,
  payload, options, definition, outcome_unknown)
select m.tenant_id, m.id, m.seq, m.queue, m.type, m.priority, m.attempt, m.generation, m.attempt_ms, m.expires_at,
  (select taskflow_now()), m.payload, m.options, m.definition, m.outcome_unknown
from due m
on conflict do nothing
returning tenant_id, queue, type, definition
