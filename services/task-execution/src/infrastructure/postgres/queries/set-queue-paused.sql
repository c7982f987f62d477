-- Parameters: $1 tenant, $2 queue, $3 whether it is paused.
insert into queues (tenant_id, name, paused) values ($1::uuid, $2::text, $3::boolean)
on conflict (tenant_id, name) do update set paused = excluded.paused
