-- What of task-management moves without time passing, and when time moves something next.
-- Result: one row. Numbers of its own stream and of the one that it reads, summed; instants in epoch milliseconds.
select
  (select coalesce(sum(seq), 0) from stream_heads)::float8 as written,
  (select coalesce(sum(top), 0) from (select max(seq) as top from positions group by source, stream) p)::float8 as applied,
  (select count(*) from waits where due_at <= now.at)::int as overdue,
  (select ceil(extract(epoch from min(due_at)) * 1000) from waits where due_at > now.at)::float8 as next_due
from (select taskflow_now() as at) now
