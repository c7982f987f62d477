-- Lists the streams of this log. Parameters: none. Result: one row per stream, ascending.
select stream from stream_heads order by stream
