-- Ends sessions whose workers left. What they may still hold is found as orphaned.
-- Parameters: $1 ids.
delete from sessions s where s.id = any ($1::uuid[])
