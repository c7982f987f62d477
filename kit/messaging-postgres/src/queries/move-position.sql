-- Moves a position on, in the transaction of the effect.
-- Parameters: $1 source, $2 stream, $3 number it stands at, $4 number it moves to, $5 identity of the log.
-- Result: one row, or none when the position does not stand at $3 (any more).
-- Race closed: two appliers of the same step. One that commits first is seen here; one that runs at the same time
-- holds the key (source, stream, after_seq), so the second waits for it and is refused.
insert into positions (source, stream, after_seq, seq, identity)
select $1::text, $2::int, $3::bigint, $4::bigint, $5::uuid
where coalesce(
  (select seq from positions where source = $1::text and stream = $2::int order by after_seq desc limit 1), 0
) = $3::bigint
returning seq
