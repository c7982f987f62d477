-- Names the session that asks, for as long as the server runs: a process id alone may be given to a later one.
-- Result: pid, started (text).
SELECT pid, backend_start::text AS started FROM pg_stat_activity WHERE pid = pg_backend_pid()
