-- Takes a database that no process holds, of those whose name begins alike. Held until the connection ends.
-- Parameters: $1 beginning of the name, $2 names that the connection holds: it would be granted these again.
-- Result: one row or none.
WITH candidate AS MATERIALIZED (
  SELECT datname FROM pg_database WHERE starts_with(datname, $1) AND datname <> ALL ($2::text[])
)
SELECT datname FROM candidate WHERE pg_try_advisory_lock(hashtextextended(datname, 1)) LIMIT 1
