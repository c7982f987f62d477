-- Starts items of fan-outs that waited for their turn. $1..$3: tenant, id, generation (arrays) · $4: number of rows
-- Gives the payload of each, for its announcement.
-- Found by key, then written by place (kit/postgres, Plans). Only this writer changes rows of steps, so places hold.
update tasks t
set status = 'queued'
from (
  select held.place
  from (
    select * from unnest($1::uuid[], $2::uuid[], $3::int4[]) as items (tenant_id, id, generation) limit $4
  ) items
  cross join lateral (
    select h.ctid as place from tasks h
    where h.tenant_id = items.tenant_id
      and h.id = items.id
      and h.generation = items.generation
      and h.status = 'blocked'
    offset 0
  ) held
) u
where t.ctid = u.place
returning t.id, t.payload;
