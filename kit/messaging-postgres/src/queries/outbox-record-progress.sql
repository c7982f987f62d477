-- Notes how far a consumer has applied a stream; never moves back.
-- Parameters: $1 consumer, $2 stream, $3 number. Result: none.
insert into consumer_progress as p (consumer, stream, seq) values ($1::text, $2::int, $3::bigint)
on conflict (stream, consumer) do update set seq = greatest(p.seq, excluded.seq), reported_at = taskflow_now()
