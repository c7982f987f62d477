-- Reads the last number that each stream drew. Parameters: none. Result: a row per stream.
select stream, seq from stream_heads order by stream
