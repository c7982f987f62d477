-- What the clock has overtaken, in one look by index ends. It decides nothing.
-- Parameters: $1 grace of deadlines in ms, $2 ids that are left alone.
-- Result: one row.
select
  exists (select from waiting w where w.expires_at <= now.at and w.id <> all ($2::uuid[])) as waiting,
  exists (select from delayed d where d.expires_at <= now.at and d.id <> all ($2::uuid[])) as delayed,
  exists (
    select from leased l
    where l.deadline_at <= now.at - $1::bigint * interval '1 ms' and l.id <> all ($2::uuid[])
  ) as overdue,
  (
    select extract(epoch from d.due_at - now.at)::float8 * 1000 from delayed d
    where d.id <> all ($2::uuid[])
    order by d.due_at
    limit 1
  ) as next_due_ms
from (select taskflow_now() as at) now
