-- Finds what a transaction left in the log, by the name that it gave its batch.
-- Parameters: $1 batch. Result: no row or one; an empty body is a void entry.
select stream, seq, body from outbox where batch = $1::uuid
