-- Draws the next number of a stream and records the entry under it; the last statement of an emitting transaction.
-- Parameters: $1 stream, $2 batch, $3 distinct event types, $4 encoded events.
-- Result: one row; seq is null when nothing was written, because the commit would be asynchronous.
-- Race closed: the head's row lock, held to the end of the transaction, keeps numbers dense and in commit order.
-- An asynchronous commit could be lost after its number was seen, and the number would go to another entry.
with head as (
  insert into stream_heads as h (stream, seq)
  select $1::int, 1 where current_setting('synchronous_commit') <> 'off'
  on conflict (stream) do update set seq = h.seq + 1
  returning seq
), entry as (
  insert into outbox (stream, seq, batch, types, body)
  select $1::int, head.seq, $2::uuid, $3::text[], $4::bytea from head
  returning seq
)
select (select seq from entry) as seq
