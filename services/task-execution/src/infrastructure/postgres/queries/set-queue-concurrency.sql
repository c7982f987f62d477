-- Parameters: $1 tenant, $2 queue, $3 most that run at once, or null.
insert into queues (tenant_id, name, concurrency) values ($1::uuid, $2::text, $3::int)
on conflict (tenant_id, name) do update set concurrency = excluded.concurrency
