-- Reads the log of a service: every entry of every stream, in order.
-- Parameters: none. Result: a row per entry; an empty body is a void entry.
select stream, seq, body from outbox order by stream, seq
