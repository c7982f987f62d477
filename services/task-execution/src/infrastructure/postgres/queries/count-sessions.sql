-- Whether the database answers, and how many workers there are.
-- Parameters: none. Result: one row.
select count(*)::int as count from sessions
