-- Closes items of fan-outs that never start. $1, $2: tenant, id (arrays) · $3: when, as an instant · $4: number of them
-- Those that have a row wait for their turn, or are of a former run and had not been started anew. One that is at work
-- is not touched.
-- Found by key, then written by place (kit/postgres, Plans). Only this writer changes rows of steps, so places hold.
update tasks t
set status = 'skipped', result = null, error = null, outcome_unknown = null, finished_at = $3::timestamptz
from (
  select held.place
  from (select * from unnest($1::uuid[], $2::uuid[]) as items (tenant_id, id) limit $4) items
  cross join lateral (
    select h.ctid as place from tasks h
    where h.tenant_id = items.tenant_id
      and h.id = items.id
      and h.status not in ('queued', 'running', 'retrying', 'skipped')
    offset 0
  ) held
) u
where t.ctid = u.place;
