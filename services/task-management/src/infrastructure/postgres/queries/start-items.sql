-- Starts items of fan-outs that waited for their turn. $1, $2: tenant, id (arrays) · $3: number of rows
-- Gives the generation and payload of each, for its announcement.
-- Found by key, then written by place (kit/postgres, Plans). Only this writer changes rows of steps, so places hold.
update tasks t
set status = 'queued'
from (
  select held.place
  from (select * from unnest($1::uuid[], $2::uuid[]) as items (tenant_id, id) limit $3) items
  cross join lateral (
    select h.ctid as place from tasks h
    where h.tenant_id = items.tenant_id and h.id = items.id and h.status = 'blocked'
    offset 0
  ) held
) u
where t.ctid = u.place
returning t.id, t.generation, t.payload;
