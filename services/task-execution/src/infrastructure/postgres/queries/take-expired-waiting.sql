-- Takes waiting work whose total timeout is over.
-- Parameters: $1 most rows, $2 most bytes: rows are taken until their payloads reach it,
--   $3 ids that are left alone, $4 the only ids that may be taken, or null.
-- Result: the whole rows. A row that a claim moves at the same moment is skipped; its attempt then ends by deadline.
-- Found by expiry, then taken by place (kit/postgres, Plans). Only the ledger moves rows, so places hold.
with expired as materialized (
  select w.ctid as place, octet_length(w.payload) as bytes
  from waiting w
  where w.expires_at <= (select taskflow_now())
    and w.id <> all ($3::uuid[]) and ($4::uuid[] is null or w.id = any ($4::uuid[]))
  order by w.expires_at
  limit $1
  for update skip locked
)
delete from waiting w
where w.ctid = any (array(
  select place
  from (select place, sum(bytes) over (rows between unbounded preceding and 1 preceding) as before from expired) weighed
  where before is null or before < $2::bigint
))
returning w.*
