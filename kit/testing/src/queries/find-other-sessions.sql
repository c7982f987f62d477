-- Finds the sessions of clients in this database besides the one that asks. No parameters. Result: their names.
select application_name from pg_stat_activity
where datname = current_database() and backend_type = 'client backend' and pid <> pg_backend_pid();
