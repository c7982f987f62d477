-- Names of operators by number. Parameters: none.
select oid::int8 as id, oprname::text as name from pg_operator
