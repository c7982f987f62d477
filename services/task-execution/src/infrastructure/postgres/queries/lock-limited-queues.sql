-- Holds the rows of limited queues until the claim that follows has committed: two claims cannot both fill the last
-- place. Locked in key order, so that two claims cannot wait for each other.
-- Parameters: $1 tenants, $2 queues, $3 their count.
-- Found by key, one by one (kit/postgres, Plans), and locked where it is found: the limit is checked on the row as it
-- is once the lock is there.
select held.name
from (select distinct * from unnest($1::uuid[], $2::text[]) u (tenant_id, name) order by 1, 2 limit $3) asked
cross join lateral (
  select q.name from queues q
  where q.tenant_id = asked.tenant_id and q.name = asked.name and q.concurrency is not null
  offset 0
  for update
) held
