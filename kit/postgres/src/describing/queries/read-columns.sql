-- Columns of the tables and sequences that this database has of its own: their numbers, names and whether they may be null.
-- Parameters: none.
select c.oid::int8 as table_id, a.attnum::int4 as id, a.attname::text as name, a.attnotnull as not_null
from pg_attribute a
join pg_class c on c.oid = a.attrelid
join pg_namespace n on n.oid = c.relnamespace
where a.attnum > 0 and not a.attisdropped and n.nspname not in ('pg_catalog', 'pg_toast')
