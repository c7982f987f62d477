-- Counts of one type, newest day first.
-- Parameters: $1 tenant, $2 type, $3 most days.
-- Result: a row per day on which tasks completed.
select c.day::text as day, c.completed
from day_counts c
where c.tenant_id = $1::uuid and c.type = $2
order by c.day desc
limit $3
