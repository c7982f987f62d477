-- Purpose: for tests, the sessions that hold the lock of this database.
-- Parameters: none. Result: pid of each.
SELECT pid
FROM pg_locks
WHERE locktype = 'advisory' AND classid = 7400 AND objid = 1 AND objsubid = 2 AND granted
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
