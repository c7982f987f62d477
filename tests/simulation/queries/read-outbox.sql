-- Reads everything that a service has published.
-- Parameters: none. Result: entries in order; an empty body is a void entry.
select stream, seq, body from outbox order by stream, seq
