-- Names of functions by number. Parameters: none.
select oid::int8 as id, proname::text as name from pg_proc
