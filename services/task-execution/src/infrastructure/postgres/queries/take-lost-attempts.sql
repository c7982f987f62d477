-- Rescues attempts whose worker session is gone. That the session is gone is checked again here, in the statement
-- that takes the row: between the look and the rescue nothing that a living worker holds can be taken.
-- Parameters: $1 tenants, $2 task ids, $3 leases, $4 their count.
-- Result: as take-attempts.
-- Each row is looked up by its key first and then taken by its place: joined directly, a plan made while statistics call
-- the table empty walks the whole table for every row asked for. Only this writer changes leased rows, so places hold.
delete from leased l
using (
  select asked.n, held.place
  from (
    select * from unnest($1::uuid[], $2::uuid[], $3::uuid[]) with ordinality u (tenant_id, id, lease, n) limit $4
  ) asked
  cross join lateral (
    select h.ctid as place from leased h
    where h.tenant_id = asked.tenant_id and h.id = asked.id and h.lease = asked.lease
    offset 0
  ) held
) u
where l.ctid = u.place
  and not exists (select from sessions s where s.id = l.session)
returning u.n::int as n, l.*
