-- Keeps what came for workflows that are stuck. $1..$4: tenant, workflow, kind, input (arrays, in the order in which it came)
insert into kept_inputs (tenant_id, workflow_id, kind, input)
select tenant_id, workflow_id, kind, input
from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[]) with ordinality
  as kept (tenant_id, workflow_id, kind, input, n)
order by n;
