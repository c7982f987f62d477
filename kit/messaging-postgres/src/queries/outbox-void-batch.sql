-- Decides that a batch did not take effect, by putting a void entry under its name.
-- Parameters: $1 stream, $2 batch. Result: one row, the number that the void entry fills.
-- Race closed: the transaction in doubt may still run in the server. If it holds the head, this waits for its end
-- and then violates the key on batch when it committed; if it comes later, it violates that key itself.
with head as (
  insert into stream_heads as h (stream, seq) values ($1::int, 1)
  on conflict (stream) do update set seq = h.seq + 1
  returning seq
)
insert into outbox (stream, seq, batch, types, body, bytes)
select $1::int, head.seq, $2::uuid, '{}', '', 0 from head
returning seq
