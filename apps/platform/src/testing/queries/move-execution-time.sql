-- Moves the clock of task-execution, and with it the end of every session whose worker is there: its signs of life
-- come in real time, of which none passes.
-- Parameters: $1 the new instant in epoch milliseconds, $2 sessions that nobody renews.
with moved as (
  update taskflow_clock c set stands_at = to_timestamp($1::float8 / 1000)
  from taskflow_clock before
  returning c.stands_at - coalesce(before.stands_at, c.stands_at) as by
)
update sessions s set heartbeat_at = s.heartbeat_at + moved.by, expires_at = s.expires_at + moved.by
from moved
where s.id <> all ($2::uuid[])
