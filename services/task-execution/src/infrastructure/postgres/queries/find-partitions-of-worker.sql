-- Where work of these types waits, for a worker that joins: hops through the index from queue to queue and probes each
-- type there, so that no partition of another type is looked at, however many there are.
-- Parameters: $1 tenant, $2 queues or null for all of them, $3 types, $4 queue behind which to begin, $5 most queues.
-- Result: one row per queue looked at, in order, with the types that wait in it.
with recursive every as (
  (
    select w.queue from waiting w
    where $2::text[] is null and w.tenant_id = $1::uuid and w.queue > $4::text
    order by w.queue, w.type, w.definition
    limit 1
  )
  union all
  select next.queue
  from every e
  cross join lateral (
    select w.queue from waiting w
    where w.tenant_id = $1::uuid and w.queue > e.queue
    order by w.queue, w.type, w.definition
    limit 1
  ) next
),
looked as materialized (
  select queue from every
  union all
  select queue from (select distinct n.queue from unnest($2::text[]) n (queue) where n.queue > $4::text order by 1) named
  limit $5
)
select q.queue, array(
    select t.type from unnest($3::text[]) t (type)
    where exists (
      select from waiting w
      where w.tenant_id = $1::uuid and w.queue = q.queue and w.type = t.type
      order by w.definition, w.priority desc, w.seq
      offset 0
    )
  ) as types
from looked q
order by q.queue
