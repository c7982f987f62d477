-- Rescues attempts whose worker session is gone. That the session is gone is checked again here, in the statement
-- that takes the row: between the look and the rescue nothing that a living worker holds can be taken.
-- Parameters: $1 tenants, $2 task ids, $3 leases, $4 their count.
-- Result: as take-attempts.
delete from leased l
using (
  select * from unnest($1::uuid[], $2::uuid[], $3::uuid[]) with ordinality u (tenant_id, id, lease, n) limit $4
) u
where l.tenant_id = u.tenant_id and l.id = u.id and l.lease = u.lease
  and not exists (select from sessions s where s.id = l.session)
returning u.n::int as n, l.*
