-- Counts server sessions that wait for a lock of another one. A lock that was granted counts no more, even before its
-- session has woken up.
-- Parameters: none. Result: one row.
select count(*)::int as blocked from pg_locks where not granted
