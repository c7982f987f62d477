-- Names the server process that serves the caller. Parameters: none. Result: one row.
select pg_backend_pid() as pid
