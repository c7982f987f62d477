-- Reads a stream on from a number, up to a number of entries and of bytes (the first entry may exceed them).
-- Parameters: $1 stream, $2 last number known, $3 most entries, $4 most bytes, once they are expanded.
-- Result: entries in order of their numbers.
-- The bytes are summed before any body is fetched, so that only what is handed out is. An entry without a note of its
-- expanded bytes was written when there was none, and counts as it is stored.
select seq, body, bytes
from (
  select seq, body, bytes, weight, sum(weight) over (order by seq) as running
  from (
    select seq, body, bytes, coalesce(bytes, octet_length(body)) as weight
    from outbox
    where stream = $1::int and seq > $2::bigint
    order by seq
    limit $3::int
  ) page
) sized
where running - weight < $4::bigint
order by seq
