-- Remembers of steps that ended that nobody knows whether their work was done.
-- $1..$3: tenant, id, generation (arrays) · $4: number of rows
-- Found by key, then written by place (kit/postgres, Plans). Only this writer changes tasks, so places hold. That it is
-- a step is asked afterwards: in the lookup it would let the index of steps by workflow take the key's part.
update tasks t
set outcome_unknown = true
from (
  select held.place
  from (
    select * from unnest($1::uuid[], $2::uuid[], $3::int4[]) as ended (tenant_id, id, generation) limit $4
  ) ended
  cross join lateral (
    select h.ctid as place from tasks h
    where h.tenant_id = ended.tenant_id
      and h.id = ended.id
      and h.generation = ended.generation
      and h.status in ('failed', 'cancelled')
    offset 0
  ) held
) u
where t.ctid = u.place and t.workflow_id is not null;
