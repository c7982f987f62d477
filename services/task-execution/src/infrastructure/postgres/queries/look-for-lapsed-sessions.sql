-- Worker sessions that gave no sign of life for a lease. It decides nothing.
-- Parameters: $1 most sessions.
-- Reads the sessions, a row per worker: an index on their expiry would be written by every heartbeat.
select s.id from sessions s where s.expires_at <= (select taskflow_now()) limit $1
