-- Takes attempts that outran their deadline and whose worker did not end them itself within the grace.
-- Parameters: $1 grace in milliseconds, $2 most rows.
-- Result: the whole rows.
with overdue as materialized (
  select l.tenant_id, l.id
  from leased l
  where l.deadline_at <= (select taskflow_now()) - $1::bigint * interval '1 ms'
  order by l.deadline_at
  limit $2
)
delete from leased l
using overdue o
where l.tenant_id = o.tenant_id and l.id = o.id
  and l.deadline_at <= (select taskflow_now()) - $1::bigint * interval '1 ms'
returning l.*
