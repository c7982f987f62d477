-- Purpose: for tests, end every session that holds the lock of this database, as a lost connection would.
-- Parameters: none. Result: one row per ended session.
SELECT pg_terminate_backend(pid) AS ended
FROM pg_locks
WHERE locktype = 'advisory' AND classid = 7400 AND objid = 1 AND objsubid = 2 AND granted
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
