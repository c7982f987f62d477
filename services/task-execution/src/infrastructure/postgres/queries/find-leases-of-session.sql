-- What a session holds; asked when a worker comes back to another process than before, so a scan of the running work
-- is no harm.
-- Parameters: $1 session.
select l.tenant_id, l.id, l.lease, l.generation, l.announced, octet_length(l.payload) as bytes
from leased l
where l.session = $1::uuid
