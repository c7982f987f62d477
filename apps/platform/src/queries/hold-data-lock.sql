-- Purpose: take the lock of this database for the session, or confirm that the session has it already.
-- Parameters: none. Result: one row, held: whether the session holds the lock afterwards.
-- Race it closes: two platforms on one database. The in-process bus delivers in one process only, so a second one
-- would commit events that the first never hears of. The lock ends with its session, so a killed platform frees it.
SELECT EXISTS (
  SELECT 1 FROM pg_locks
  WHERE locktype = 'advisory' AND pid = pg_backend_pid() AND classid = 7400 AND objid = 1 AND objsubid = 2
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) AND granted
) OR pg_try_advisory_lock(7400, 1) AS held
