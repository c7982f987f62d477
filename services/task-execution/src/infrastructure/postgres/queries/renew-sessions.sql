-- Signs of life. Locks in key order, so that two processes cannot wait for each other. A session that a rescue ended
-- first is not brought back: its row is gone when this gets the lock.
-- Parameters: $1 ids, $2 lease in ms. Result: those that still exist.
-- Written by key and not by place: another heartbeat may have moved the row between the look and the lock.
with alive as materialized (
  select s.id from sessions s where s.id = any ($1::uuid[]) order by s.id for no key update
)
update sessions s
set heartbeat_at = now.at, expires_at = now.at + $2::bigint * interval '1 ms'
from (select taskflow_now() as at) now
where s.id = any (array(select id from alive))
returning s.id
