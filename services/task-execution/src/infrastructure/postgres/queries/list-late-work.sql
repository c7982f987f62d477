-- What a sweep would take now, so that the one row which it cannot take is found.
-- Parameters: $1 sweep (overdue, waiting, delayed or due), $2 grace of deadlines in ms, $3 most rows, $4 ids that are left
--   alone.
-- Result: the tasks in the order of the sweep. One branch runs.
(
  select l.tenant_id, l.id, l.generation from leased l
  where $1::text = 'overdue' and l.deadline_at <= (select taskflow_now()) - $2::bigint * interval '1 ms'
    and l.id <> all ($4::uuid[])
  order by l.deadline_at
  limit $3
)
union all
(
  select w.tenant_id, w.id, w.generation from waiting w
  where $1::text = 'waiting' and w.expires_at <= (select taskflow_now()) and w.id <> all ($4::uuid[])
  order by w.expires_at
  limit $3
)
union all
(
  select d.tenant_id, d.id, d.generation from delayed d
  where $1::text = 'delayed' and d.expires_at <= (select taskflow_now()) and d.id <> all ($4::uuid[])
  order by d.expires_at
  limit $3
)
union all
(
  select d.tenant_id, d.id, d.generation from delayed d
  where $1::text = 'due' and d.due_at <= (select taskflow_now()) and d.id <> all ($4::uuid[])
  order by d.due_at
  limit $3
)
