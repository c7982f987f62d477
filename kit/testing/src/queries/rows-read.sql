-- Counts the rows and index entries that this transaction has read, by table.
-- Parameter: $1 names of tables. Result: one row per table that was read, its indexes included.
select t.relname as name,
  (pg_stat_get_xact_tuples_returned(t.oid) + coalesce(sum(pg_stat_get_xact_tuples_returned(i.indexrelid)), 0))::int as rows
from pg_class t
left join pg_index i on i.indrelid = t.oid
where t.relname = any ($1::text[]) and t.relkind = 'r'
group by t.oid, t.relname
