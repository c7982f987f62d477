-- What the clock has overtaken, in one look by index ends. It decides nothing.
-- Parameters: $1 grace of deadlines in ms.
-- Result: one row.
select
  exists (select from waiting w where w.expires_at <= now.at) as waiting,
  exists (select from delayed d where d.expires_at <= now.at) as delayed,
  exists (select from leased l where l.deadline_at <= now.at - $1::bigint * interval '1 ms') as overdue,
  (select extract(epoch from d.due_at - now.at)::float8 * 1000 from delayed d order by d.due_at limit 1) as next_due_ms
from (select taskflow_now() as at) now
