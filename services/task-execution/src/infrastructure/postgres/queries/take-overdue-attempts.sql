-- Takes attempts that outran their deadline and whose worker did not end them itself within the grace.
-- Parameters: $1 grace in milliseconds, $2 most rows.
-- Result: the whole rows.
-- Found by deadline, then taken by place (kit/postgres, Plans). Only the ledger moves rows, so places hold.
with overdue as materialized (
  select l.ctid as place
  from leased l
  where l.deadline_at <= (select taskflow_now()) - $1::bigint * interval '1 ms'
  order by l.deadline_at
  limit $2
)
delete from leased l
where l.ctid = any (array(select place from overdue))
returning l.*
