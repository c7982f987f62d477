-- Reads how far a stream of a producer is applied here, and sees to it that no crash takes that back.
-- Parameters: $1 source, $2 stream, $3 number that is known to be durable.
-- Result: no row before the first, else one; waits is false where commits do not wait for the disk.
-- Race closed: positions may be committed asynchronously. What is seen here stands in the write-ahead log before the
-- message that is written there, and this statement's own commit waits for the disk up to its end.
select
  latest.seq,
  latest.identity,
  current_setting('synchronous_commit') <> 'off' as waits,
  case when latest.seq <> $3::bigint then pg_logical_emit_message(true, 'taskflow', ''::text) end as written
from (
  select seq, identity from positions
  where source = $1::text and stream = $2::int
  order by after_seq desc
  limit 1
) latest
