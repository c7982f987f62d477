-- Finds what a transaction left in the log, by the name that it gave its batch.
-- Parameters: $1 batch. Result: its entries in order, or none; an empty body is a void entry.
select stream, seq, body, bytes from outbox where batch = $1::uuid order by part
