-- Graphs by hash. $1, $2: tenant, hash (arrays) · $3: number of them
-- Apart from the workflows that run them: a graph may have megabytes, and a thousand workflows may run one.
-- Found by key, one by one (kit/postgres, Plans).
select g.hash, g.graph
from (select * from unnest($1::uuid[], $2::text[]) as wanted (tenant_id, hash) limit $3) u
cross join lateral (
  select h.hash, h.graph from workflow_graphs h where h.tenant_id = u.tenant_id and h.hash = u.hash offset 0
) g;
