-- Asks one session to end and tells whether it still exists. It leaves the list only after its transaction has
-- ended, so whoever sees it gone sees everything that it will ever commit.
-- Parameters: $1 process id, $2 its start as text. Result: one row per session that still exists.
SELECT pg_terminate_backend(pid) AS asked FROM pg_stat_activity WHERE pid = $1::int AND backend_start::text = $2
