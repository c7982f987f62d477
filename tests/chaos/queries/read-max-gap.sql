-- Reads the longest time in which no task ended, from an instant on. Parameters: $1 epoch milliseconds.
-- Result: one row, milliseconds.
select coalesce(max(gap), 0)::int as ms
from (
  select extract(epoch from finished_at - lag(finished_at, 1, begun) over (order by finished_at)) * 1000 as gap
  from tasks, to_timestamp($1::float8 / 1000) as begun
  where finished_at >= begun
) gaps
