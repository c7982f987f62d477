-- Lets statements of this transaction wait for a lock no longer than this; 0 is for ever.
-- Parameters: $1 time with its unit. Result: one row.
select set_config('lock_timeout', $1::text, true)
