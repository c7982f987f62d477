-- Takes waiting work whose total timeout is over.
-- Parameters: $1 most rows.
-- Result: the whole rows. A row that a claim moves at the same moment is skipped; its attempt then ends by deadline.
with expired as materialized (
  select w.tenant_id, w.id
  from waiting w
  where w.expires_at <= (select taskflow_now())
  order by w.expires_at
  limit $1
  for update skip locked
)
delete from waiting w
using expired e
where w.tenant_id = e.tenant_id and w.id = e.id
returning w.*
