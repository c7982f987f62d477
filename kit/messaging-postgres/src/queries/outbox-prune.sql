-- Drops the oldest rows of one stream that every known consumer has applied and that are old enough.
-- Parameters: $1 stream, $2 most rows, $3 age to keep, in milliseconds.
-- Result: one row, the number of rows dropped. A stream without a known consumer keeps everything.
-- The age outlives any transaction in doubt: its late commit must still meet the key of its batch.
with due as materialized (
  select seq, recorded_at from outbox
  where stream = $1::int
    and seq > coalesce((select seq from outbox_floors where stream = $1::int), 0)
    and seq <= (select min(seq) from consumer_progress where stream = $1::int)
  order by seq
  limit $2::int
), dropped as (
  delete from outbox
  where stream = $1::int
    and seq = any(array(select seq from due))
    and seq < (select coalesce(min(seq), 9223372036854775807) from due
               where recorded_at > (select taskflow_now()) - $3::float8 * interval '1 millisecond')
  returning seq
), floor as (
  insert into outbox_floors as f (stream, seq)
  select $1::int, max(seq) from dropped having count(*) > 0
  on conflict (stream) do update set seq = greatest(f.seq, excluded.seq)
)
select count(*)::int as dropped from dropped
