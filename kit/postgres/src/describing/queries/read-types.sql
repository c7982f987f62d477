-- Names of types by number, those of arrays as `element[]`. Parameters: none.
select t.oid::int8 as id, coalesce(e.typname || '[]', t.typname::text) as name
from pg_type t
left join pg_type e on e.oid = t.typelem and t.typcategory = 'A'
