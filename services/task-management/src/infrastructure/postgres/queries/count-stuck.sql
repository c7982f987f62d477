-- How many tasks and workflows are stuck, up to $1 of each, and since when the longest one is.
select t.tasks, w.workflows, least(t.since, w.since) as since
from (
  select count(*)::int4 as tasks, min(stuck_at) as since
  from (select stuck_at from tasks where stuck_at is not null limit $1) stuck
) t
cross join (
  select count(*)::int4 as workflows, min(stuck_at) as since
  from (select stuck_at from workflows where stuck_at is not null limit $1) stuck
) w;
