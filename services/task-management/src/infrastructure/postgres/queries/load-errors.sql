-- Errors of steps that ended. $1, $2: tenant, id (arrays) · $3: number of them
-- Found by key, one by one (kit/postgres, Plans).
select t.id, t.error
from (select * from unnest($1::uuid[], $2::uuid[]) as wanted (tenant_id, id) limit $3) u
cross join lateral (
  select h.id, h.error from tasks h where h.tenant_id = u.tenant_id and h.id = u.id offset 0
) t
where t.error is not null;
