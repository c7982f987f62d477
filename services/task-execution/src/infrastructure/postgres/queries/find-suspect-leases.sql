-- Leases whose session has ended, and those that are older than a worker's lease: the caller compares these with what
-- its own sessions know.
-- Parameters: $1 age in ms.
select l.tenant_id, l.id, l.lease, l.session, s.id is null as orphaned
from leased l
left join sessions s on s.id = l.session
where s.id is null or l.claimed_at <= (select taskflow_now()) - $1::bigint * interval '1 ms'
