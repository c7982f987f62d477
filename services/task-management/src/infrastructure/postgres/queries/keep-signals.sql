-- Keeps signals for the steps that will wait for them.
-- $1..$5: tenant, workflow, name, payload, received (arrays, in the order in which they came)
insert into signals (tenant_id, workflow_id, name, payload, received_at)
select tenant_id, workflow_id, name, payload, received_at
from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::timestamptz[]) with ordinality
  as kept (tenant_id, workflow_id, name, payload, received_at, n)
order by n;
