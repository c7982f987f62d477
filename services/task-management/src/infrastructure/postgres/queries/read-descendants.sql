-- How many workflows stand below roots. $1, $2: tenant, root (arrays) · $3: number of roots
-- Found by key, one by one (kit/postgres, Plans).
select w.id, coalesce(w.descendants, 0) as descendants
from (select * from unnest($1::uuid[], $2::uuid[]) as wanted (tenant_id, id) limit $3) u
cross join lateral (
  select h.id, h.descendants from workflows h where h.tenant_id = u.tenant_id and h.id = u.id offset 0
) w;
