-- Tasks that failed for good, newest first.
-- Parameters: $1 tenant, $2 queue or null, $3 type or null, $4 id before which to begin or null, $5 most rows.
select d.id, d.task_id, d.generation, d.queue, d.type, d.attempts, d.reason, d.fingerprint, d.error, d.payload,
  d.buried_at
from dead_letters d
where d.tenant_id = $1::uuid
  and ($2::text is null or d.queue = $2)
  and ($3::text is null or d.type = $3)
  and ($4::uuid is null or d.id < $4)
order by d.id desc
limit $5
