-- Ends every session of these databases and waits up to 5 s for each to be gone.
-- Parameters: $1 names of databases.
select pg_terminate_backend(pid, 5000)
from pg_stat_activity
where datname = any ($1::text[]) and backend_type = 'client backend' and pid <> pg_backend_pid()
