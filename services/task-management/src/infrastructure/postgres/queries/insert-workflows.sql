-- Inserts headers of new workflows.
-- $1..$10: tenant, id, name, version, hash, steps, input, options, created, status (arrays)
insert into workflows (tenant_id, id, name, version, hash, steps, input, options, created_at, status)
select *
from unnest(
  $1::uuid[], $2::uuid[], $3::text[], $4::int4[], $5::text[], $6::int4[], $7::text[], $8::text[], $9::timestamptz[],
  $10::text[]
);
