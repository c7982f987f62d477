-- Makes durable whatever was committed until now.
-- Parameters: none. Result: one row.
select pg_logical_emit_message(false, 'simulation', '', true)
