-- Takes attempts that outran their deadline and whose worker did not end them itself within the grace.
-- Parameters: $1 grace in milliseconds, $2 most rows, $3 most bytes: rows are taken until their payloads reach it,
--   $4 ids that are left alone, $5 the only ids that may be taken, or null.
-- Result: the whole rows.
-- Found by deadline, then taken by place (kit/postgres, Plans). Only the ledger moves rows, so places hold.
with overdue as materialized (
  select l.ctid as place, octet_length(l.payload) as bytes
  from leased l
  where l.deadline_at <= (select taskflow_now()) - $1::bigint * interval '1 ms'
    and l.id <> all ($4::uuid[]) and ($5::uuid[] is null or l.id = any ($5::uuid[]))
  order by l.deadline_at
  limit $2
)
delete from leased l
where l.ctid = any (array(
  select place
  from (select place, sum(bytes) over (rows between unbounded preceding and 1 preceding) as before from overdue) weighed
  where before is null or before < $3::bigint
))
returning l.*
