-- Finds the process that makes asynchronous commits durable by itself.
-- Parameters: none. Result: one row, or none while the server is on its way up.
select pid from pg_stat_activity where backend_type = 'walwriter'
