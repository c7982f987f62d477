-- One process at a time builds a template; held until the session ends.
-- Parameters: $1 template name.
SELECT pg_advisory_lock(hashtextextended($1, 0))
