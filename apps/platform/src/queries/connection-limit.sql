-- Purpose: how many connections ordinary sessions may open on this server.
-- Parameters: none. Result: one row, connection_limit: max_connections without what is reserved for administrators.
SELECT current_setting('max_connections')::int
  - current_setting('superuser_reserved_connections')::int
  - coalesce(current_setting('reserved_connections', true)::int, 0) AS connection_limit
