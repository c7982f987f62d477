-- Keeps events that have not met all of their waits. $1..$7: tenant, id, name, key, payload, above, up to (arrays)
insert into event_deliveries (tenant_id, id, name, key, payload, above, up_to)
select tenant_id, id, name, key, payload, above::bigint, up_to::bigint
from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::float8[], $7::float8[])
  as begun (tenant_id, id, name, key, payload, above, up_to);
