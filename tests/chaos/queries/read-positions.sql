-- Reads the chain of positions of every stream that this service consumes, oldest link first.
-- Parameters: none. Result: a row per link.
select source, stream, after_seq, seq from positions order by source, stream, after_seq
