-- Takes keys that nobody has taken yet. $1..$4: tenant, route, key, fingerprint · $5: subjects as `{id,id}` · $6: created
-- Gives the keys taken. A key that another transaction is taking right now makes this one wait for its end, so two
-- requests with one key never both create.
insert into idempotency_keys (tenant_id, route, key, fingerprint, subject_ids, created_at)
select k.tenant_id, k.route, k.key, k.fingerprint, k.subject_ids::uuid[], k.created_at
from unnest($1::uuid[], $2::text[], $3::text[], $4::bytea[], $5::text[], $6::timestamptz[])
  as k (tenant_id, route, key, fingerprint, subject_ids, created_at)
order by k.tenant_id, k.route, k.key
on conflict (tenant_id, route, key) do nothing
returning tenant_id, route, key;
