-- Tells the last number of a stream that is committed. Parameters: $1 stream. Result: one row.
select coalesce((select seq from stream_heads where stream = $1::int), 0) as head
