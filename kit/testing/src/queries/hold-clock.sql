-- Holds the database's clock at one instant.
-- Parameters: $1 epoch milliseconds.
UPDATE taskflow_clock SET stands_at = to_timestamp($1::float8 / 1000)
