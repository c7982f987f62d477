-- Parameters: $1 database name. Result: one row if it exists.
SELECT datname FROM pg_database WHERE datname = $1
