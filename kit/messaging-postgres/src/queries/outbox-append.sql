-- Draws the next numbers of a stream and records an entry under each; the last statement of an emitting transaction.
-- Parameters: $1 stream, $2 batch, $3 distinct event types of all entries, $4 encoded entries in their order, $5 bytes of
-- each once it is expanded.
-- Result: one row, the first number; seq is null when nothing was written, because the commit would be asynchronous.
-- Race closed: the head's row lock, held to the end of the transaction, keeps numbers dense and in commit order.
-- An asynchronous commit could be lost after its number was seen, and the number would go to another entry.
with head as (
  insert into stream_heads as h (stream, seq)
  select $1::int, cardinality($5::int[]) where current_setting('synchronous_commit') <> 'off'
  on conflict (stream) do update set seq = h.seq + excluded.seq
  returning seq - cardinality($5::int[]) as before
), entries as (
  insert into outbox (stream, seq, batch, part, types, body, bytes)
  select $1::int, head.before + entry.part, $2::uuid, entry.part - 1, $3::text[], entry.body, entry.bytes
  from head
  cross join unnest($4::bytea[], $5::int[]) with ordinality as entry (body, bytes, part)
  returning seq
)
select min(seq) as seq from entries
