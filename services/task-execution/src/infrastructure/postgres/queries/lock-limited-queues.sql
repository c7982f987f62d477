-- Holds the rows of limited queues until the claim that follows has committed: two claims cannot both fill the last
-- place. Locked in key order, so that two claims cannot wait for each other.
-- Parameters: $1 tenants, $2 queues, $3 their count.
select q.name
from (select distinct * from unnest($1::uuid[], $2::text[]) u (tenant_id, name) limit $3) u
join queues q on q.tenant_id = u.tenant_id and q.name = u.name
where q.concurrency is not null
order by q.tenant_id, q.name
for update of q
