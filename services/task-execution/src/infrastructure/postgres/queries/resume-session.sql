-- Renews a session that a worker comes back to. One that has ended stays ended.
-- Parameters: as open-session. Result: one row, or none.
update sessions s
set name = $3::text, queues = $4::text[], types = $5::text[], definitions = $6::text[], concurrency = $7::int,
  heartbeat_at = now.at, expires_at = now.at + $8::bigint * interval '1 ms'
from (select taskflow_now() as at) now
where s.id = $1::uuid and s.tenant_id = $2::uuid
returning s.created_at
