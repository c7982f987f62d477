-- Marks a database as held by the connection that asks, until that ends.
-- Parameters: $1 its name.
SELECT pg_advisory_lock(hashtextextended($1, 1))
