-- One slice of the lanes in which work waits, in the order of the index: hops from one lane to the next, so the cost
-- follows the number of lanes and not the number of tasks. The caller goes on behind the last one, until a slice is not
-- full.
-- Parameters: $1..$4 the lane (tenant, queue, type, definition) behind which to begin, $5 most lanes.
with recursive lanes as (
  (
    select w.tenant_id, w.queue, w.type, w.definition
    from waiting w
    where (w.tenant_id, w.queue, w.type, w.definition) > ($1::uuid, $2::text, $3::text, $4::text)
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
select tenant_id, queue, type, definition from lanes limit $5
