-- Reads what every task came to. Parameters: none. Result: a row per task.
select id, type, status, generation::int as generation, attempts::int as attempts, result from tasks
