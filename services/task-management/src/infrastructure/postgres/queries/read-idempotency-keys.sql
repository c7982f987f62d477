-- What was created under keys. $1..$3: tenant, route, key (arrays) · $4: number of them
select i.tenant_id, i.route, i.key, i.fingerprint, i.subject_ids
from (select * from unnest($1::uuid[], $2::text[], $3::text[]) as wanted (tenant_id, route, key) limit $4) u
join idempotency_keys i on i.tenant_id = u.tenant_id and i.route = u.route and i.key = u.key;
