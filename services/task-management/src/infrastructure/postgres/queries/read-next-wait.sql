-- When the next wait is due, and how long that is from now, in milliseconds; no row when none is.
select due_at, greatest(0, extract(epoch from due_at - (select taskflow_now())) * 1000)::float8 as in_ms
from waits
where due_at is not null
order by due_at
limit 1;
