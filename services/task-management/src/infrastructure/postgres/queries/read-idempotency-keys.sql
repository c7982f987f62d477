-- What was created under keys. $1..$3: tenant, route, key (arrays) · $4: number of them
-- Found by key, one by one (kit/postgres, Plans).
select i.tenant_id, i.route, i.key, i.fingerprint, i.subject_ids
from (select * from unnest($1::uuid[], $2::text[], $3::text[]) as wanted (tenant_id, route, key) limit $4) u
cross join lateral (
  select * from idempotency_keys h where h.tenant_id = u.tenant_id and h.route = u.route and h.key = u.key offset 0
) i;
