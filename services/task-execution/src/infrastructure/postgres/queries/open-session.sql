-- Lets a worker in.
-- Parameters: $1 id, $2 tenant, $3 name, $4 queues or null, $5 types, $6 definitions, $7 concurrency, $8 lease in ms.
insert into sessions (id, tenant_id, name, queues, types, definitions, concurrency, created_at, heartbeat_at, expires_at)
select $1::uuid, $2::uuid, $3::text, $4::text[], $5::text[], $6::text[], $7::int, now.at, now.at,
  now.at + $8::bigint * interval '1 ms'
from (select taskflow_now() as at) now
returning created_at
