-- Rescues attempts whose worker session is gone. That the session is gone is checked again here, in the statement
-- that takes the row: between the look and the rescue nothing that a living worker holds can be taken.
-- Parameters: $1 tenants, $2 task ids, $3 leases, $4 their count.
-- Result: as take-attempts.
-- Found by key, then taken by place (kit/postgres, Plans). Only the ledger moves rows, so places hold. The session is
-- looked up for each row, too: `offset 0` keeps the planner from joining.
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
  and not exists (select from sessions s where s.id = l.session offset 0)
returning u.n::int as n, l.*
