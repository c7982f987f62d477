-- Parameters: $1 id. Result: one row, or none.
select s.id, s.tenant_id, s.name, s.queues, s.types, s.definitions, s.concurrency, s.created_at
from sessions s
where s.id = $1::uuid
