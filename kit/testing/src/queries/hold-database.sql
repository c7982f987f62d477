-- Marks a database as held by this session, until it ends.
-- Parameters: $1 its name.
SELECT pg_advisory_lock(hashtextextended($1, 1))
