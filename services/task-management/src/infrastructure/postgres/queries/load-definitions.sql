-- Definitions that child workflows are started from. $1..$3: tenant, name, version (null: the latest; arrays)
-- $4: number of them
-- Found by key, one by one (kit/postgres, Plans).
select u.n::int4 as n, d.version, d.hash, d.steps
from (
  select * from unnest($1::uuid[], $2::text[], $3::int4[]) with ordinality as wanted (tenant_id, name, version, n)
  limit $4
) u
cross join lateral (
  select h.version, h.hash, h.steps from workflow_definitions h
  where h.tenant_id = u.tenant_id and h.name = u.name and (u.version is null or h.version = u.version)
  order by h.version desc
  limit 1
) d;
