-- Ends worker sessions that showed no sign of life for a lease. A heartbeat that came in between wins: the condition
-- is checked again on the row as it is once the heartbeat has committed.
-- Parameters: $1 session ids that looked expired.
-- Result: the sessions that are gone now.
delete from sessions s
where s.id = any ($1::uuid[]) and s.expires_at <= (select taskflow_now())
returning s.id, s.name, s.tenant_id
