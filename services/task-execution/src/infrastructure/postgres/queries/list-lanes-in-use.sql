-- Every lane in which work waits: hops through the index from one lane to the next, so the cost follows the number of
-- lanes and not the number of tasks.
-- Parameters: $1 most lanes.
with recursive lanes as (
  (
    select w.tenant_id, w.queue, w.type, w.definition
    from waiting w
    order by w.tenant_id, w.queue, w.type, w.definition
    limit 1
  )
  union all
  select next.tenant_id, next.queue, next.type, next.definition
  from lanes l
  cross join lateral (
    select w.tenant_id, w.queue, w.type, w.definition
    from waiting w
    where (w.tenant_id, w.queue, w.type, w.definition) > (l.tenant_id, l.queue, l.type, l.definition)
    order by w.tenant_id, w.queue, w.type, w.definition
    limit 1
  ) next
)
select tenant_id, queue, type, definition from lanes limit $1
