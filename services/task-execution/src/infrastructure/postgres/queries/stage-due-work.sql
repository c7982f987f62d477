-- Requeues work whose pause is over, at its old place.
-- Parameters: $1 most rows, $2 most bytes: rows are taken until their payloads reach it,
--   $3 ids that are left alone, $4 the only ids that may be taken, or null.
-- Result: the partition of each row.
-- Found by due time, then taken by place (kit/postgres, Plans). Only the ledger moves rows, so places hold.
with due as materialized (
  select d.ctid as place, octet_length(d.payload) as bytes
  from delayed d
  where d.due_at <= (select taskflow_now())
    and d.id <> all ($3::uuid[]) and ($4::uuid[] is null or d.id = any ($4::uuid[]))
  order by d.due_at
  limit $1
  for update skip locked
),
taken as (
  delete from delayed d
  where d.ctid = any (array(
    select place
    from (select place, sum(bytes) over (rows between unbounded preceding and 1 preceding) as before from due) weighed
    where before is null or before < $2::bigint
  ))
  returning d.*
)
insert into waiting (tenant_id, id, seq, queue, type, priority, attempt, generation, attempt_ms, expires_at, queued_at,
  payload, options, definition, outcome_unknown)
select t.tenant_id, t.id, t.seq, t.queue, t.type, t.priority, t.attempt, t.generation, t.attempt_ms, t.expires_at,
  (select taskflow_now()), t.payload, t.options, t.definition, t.outcome_unknown
from taken t
returning tenant_id, queue, type, definition
