-- For a planted bug: what lies behind a cursor, and never again what comes to lie before it.
-- Parameters: $1 last number seen. Result: entries in order of their numbers.
select seq, body from outbox where seq > $1::bigint order by seq limit 20
