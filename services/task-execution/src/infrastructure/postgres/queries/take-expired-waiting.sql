-- Takes waiting work whose total timeout is over.
-- Parameters: $1 most rows.
-- Result: the whole rows. A row that a claim moves at the same moment is skipped; its attempt then ends by deadline.
-- Found by expiry, then taken by place (kit/postgres, Plans). Only the ledger moves rows, so places hold.
with expired as materialized (
  select w.ctid as place
  from waiting w
  where w.expires_at <= (select taskflow_now())
  order by w.expires_at
  limit $1
  for update skip locked
)
delete from waiting w
where w.ctid = any (array(select place from expired))
returning w.*
