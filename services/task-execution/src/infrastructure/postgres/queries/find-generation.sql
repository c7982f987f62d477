-- The generation whose attempt runs under a lease.
-- Parameters: $1 tenant, $2 task id, $3 lease.
select l.generation from leased l where l.tenant_id = $1::uuid and l.id = $2::uuid and l.lease = $3::uuid
