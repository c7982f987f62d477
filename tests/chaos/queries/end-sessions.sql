-- Ends every session of this database but those of the tests, wherever it stands in its transaction.
-- Parameters: none. Result: one row, the number of sessions.
select count(pg_terminate_backend(pid))::int as ended
from pg_stat_activity
where datname = current_database() and pid <> pg_backend_pid() and application_name not like 'test-%'
