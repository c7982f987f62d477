-- Tells which numbers of a stream the log holds: those above floor, up to head.
-- Parameters: $1 stream. Result: one row.
select
  coalesce((select seq from stream_heads where stream = $1::int), 0) as head,
  coalesce((select seq from outbox_floors where stream = $1::int), 0) as floor
