-- Moves the database's clock away from real time.
-- Parameters: $1 milliseconds, may be negative.
UPDATE taskflow_clock SET offset_ms = $1::bigint
