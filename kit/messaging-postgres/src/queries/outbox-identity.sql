-- Names the database that numbers these streams. Parameters: none. Result: one row.
select id from stream_identity
