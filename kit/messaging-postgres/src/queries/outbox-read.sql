-- Reads a stream on from a number, up to a number of entries and of bytes (the first entry may exceed them).
-- Parameters: $1 stream, $2 last number known, $3 most entries, $4 most bytes.
-- Result: entries in order of their numbers.
-- The bytes are summed from the stored lengths, so that only what is handed out is fetched.
select seq, body
from (
  select seq, body, octet_length(body) as bytes, sum(octet_length(body)) over (order by seq) as running
  from (
    select seq, body from outbox where stream = $1::int and seq > $2::bigint order by seq limit $3::int
  ) page
) sized
where running - bytes < $4::bigint
order by seq
