-- Every lane in which work waits: hops through the index from one lane to the next, so the cost follows the number of
-- lanes and not the number of tasks.
-- Parameters: $1 most lanes.
with recursive lanes as (
  (
    select w.tenant_id, w.queue, w.type from waiting w order by w.tenant_id, w.queue, w.type limit 1
  )
  union all
  select next.tenant_id, next.queue, next.type
  from lanes l
  cross join lateral (
    select w.tenant_id, w.queue, w.type
    from waiting w
    where (w.tenant_id, w.queue, w.type) > (l.tenant_id, l.queue, l.type)
    order by w.tenant_id, w.queue, w.type
    limit 1
  ) next
)
select tenant_id, queue, type from lanes limit $1
