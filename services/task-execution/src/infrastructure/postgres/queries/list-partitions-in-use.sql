-- One slice of the partitions in which work waits, in the order of the index: hops from one partition to the next, so
-- the cost follows the number of partitions and not the number of tasks. The caller goes on behind the last one, until
-- a slice is not full.
-- Parameters: $1..$4 the partition (tenant, queue, type, definition) behind which to begin, $5 most partitions.
with recursive partitions as (
  (
    select w.tenant_id, w.queue, w.type, w.definition
    from waiting w
    where (w.tenant_id, w.queue, w.type, w.definition) > ($1::uuid, $2::text, $3::text, $4::text)
    order by w.tenant_id, w.queue, w.type, w.definition
    limit 1
  )
  union all
  select next.tenant_id, next.queue, next.type, next.definition
  from partitions p
  cross join lateral (
    select w.tenant_id, w.queue, w.type, w.definition
    from waiting w
    where (w.tenant_id, w.queue, w.type, w.definition) > (p.tenant_id, p.queue, p.type, p.definition)
    order by w.tenant_id, w.queue, w.type, w.definition
    limit 1
  ) next
)
select tenant_id, queue, type, definition from partitions limit $5
