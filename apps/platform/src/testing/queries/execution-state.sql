-- What of task-execution moves without time passing, and when time moves something next.
-- Parameters: $1 task types that the test's worker holds, $2 sessions that nobody renews, $3 grace of deadlines in ms.
-- Result: one row. Numbers of its own stream and of the one that it reads, summed; instants in epoch milliseconds.
with
now as (select taskflow_now() as at),
due (at) as (
  select due_at from delayed
  union all select expires_at from delayed
  union all select expires_at from waiting
  union all select deadline_at + $3::bigint * interval '1 ms' from leased
  union all select expires_at from sessions where id = any ($2::uuid[])
)
select
  (select coalesce(sum(seq), 0) from stream_heads)::float8 as written,
  (select coalesce(sum(top), 0) from (select max(seq) as top from positions group by source, stream) p)::float8 as applied,
  (
    -- What a dead worker holds stays where it is until its session ends; from then on somebody has to take it back.
    select count(*) from leased l
    where not (l.session = any ($2::uuid[]) and exists (select from sessions s where s.id = l.session))
  )::int as leased,
  (
    select count(*) from waiting w
    where w.type = any ($1::text[])
      and not exists (
        select from queues q
        where q.tenant_id = w.tenant_id and q.name = w.queue and (
          q.paused
          or q.concurrency <= (select count(*) from leased l where l.tenant_id = w.tenant_id and l.queue = w.queue)
        )
      )
  )::int as waiting,
  (select count(*) from due where due.at <= now.at)::int as overdue,
  (select ceil(extract(epoch from min(due.at)) * 1000) from due where due.at > now.at)::float8 as next_due
from now
