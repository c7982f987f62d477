-- Reads how far a stream of a producer is applied here.
-- Parameters: $1 source, $2 stream. Result: no row before the first, else one.
select seq, identity from positions
where source = $1::text and stream = $2::int
order by after_seq desc
limit 1
