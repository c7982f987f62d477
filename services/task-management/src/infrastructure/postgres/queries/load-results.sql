-- Results of tasks by id. $1, $2: tenant, id (arrays) · $3: number of them · $4: most bytes of all together
-- Gives each result, or null with its length once those before it in the arrays fill the bytes.
-- Found by key, one by one (kit/postgres, Plans).
select
  t.id,
  octet_length(t.result) as bytes,
  case when sum(octet_length(t.result)) over (order by u.n) <= $4 then t.result end as result
from (
  select * from unnest($1::uuid[], $2::uuid[]) with ordinality as wanted (tenant_id, id, n) limit $3
) u
cross join lateral (
  select h.id, h.result from tasks h where h.tenant_id = u.tenant_id and h.id = u.id offset 0
) t;
