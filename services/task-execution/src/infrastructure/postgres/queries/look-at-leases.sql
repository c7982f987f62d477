-- One slice of the running work, in the order of the key: which leases have no session any more, and which are older
-- than a dispatch takes. The caller goes on behind the last one, until a slice is not full.
-- Parameters: $1 tenant and $2 task id behind which to begin, $3 age in ms, $4 most rows.
-- Result: every row that was looked at. `orphaned`: its session has ended. Each session is looked up by its key:
-- `offset 0` keeps the planner from joining.
select l.tenant_id, l.id, l.lease, l.session, octet_length(l.payload) as bytes,
  not exists (select from sessions s where s.id = l.session offset 0) as orphaned,
  l.claimed_at <= (select taskflow_now()) - $3::bigint * interval '1 ms' as settled
from leased l
where (l.tenant_id, l.id) > ($1::uuid, $2::uuid)
order by l.tenant_id, l.id
limit $4
