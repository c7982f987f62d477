-- Adds to the counts of days.
-- Parameters: a row per tenant, type and day, each of them once: $1 tenants, $2 types, $3 days (ISO 8601), $4 tasks that
--   completed.
-- Result: the counts as they are now.
-- Race closed: it adds to what the row holds, so that a count between reading and writing cannot be lost.
insert into day_counts as c (tenant_id, type, day, completed)
select added.tenant_id, added.type, added.day::date, added.completed
from unnest($1::uuid[], $2::text[], $3::text[], $4::int[]) added (tenant_id, type, day, completed)
on conflict (tenant_id, type, day) do update set completed = c.completed + excluded.completed
returning tenant_id, type, day::text as day, completed
