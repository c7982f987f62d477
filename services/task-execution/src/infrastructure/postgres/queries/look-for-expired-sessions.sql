-- Worker sessions that gave no sign of life for a lease. It decides nothing.
-- Parameters: $1 most sessions, $2 those that are left alone.
-- Reads the sessions, a row per worker: an index on their expiry would be written by every heartbeat.
select s.id from sessions s
where s.expires_at <= (select taskflow_now()) and s.id <> all ($2::uuid[])
limit $1
