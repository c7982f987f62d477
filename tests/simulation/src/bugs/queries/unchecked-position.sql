-- Planted bug: a position is noted and not compared with what was noted before.
-- Parameters and result: as move-position.
insert into positions (source, stream, after_seq, seq, identity)
values ($1::text, $2::int, $3::bigint, $4::bigint, $5::uuid)
on conflict (source, stream, after_seq) do update set seq = greatest(positions.seq, excluded.seq)
returning seq
