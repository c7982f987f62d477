-- Moves virtual time, also for transactions that have begun.
-- Parameters: $1 epoch milliseconds. Result: one row.
select setval('simulation.clock', $1::bigint)
