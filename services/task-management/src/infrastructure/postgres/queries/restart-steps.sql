-- Starts rows anew that a retry has reset, as inserting them would start new ones.
-- $1..$10: tenant, id, type, queue, priority, payload, options, workflow, step, created · $11..$15: status, result,
-- error, started, finished (one array each, same length) · $16: generation (array) · $17: number of rows
-- Gives the number of rows changed: one that is not reset, or has another generation, is not touched.
-- Found by key, then written by place (kit/postgres, Plans). Only this writer changes rows of steps, so places hold.
with restarted as (
  update tasks t
  set
    type = u.type,
    queue = u.queue,
    priority = u.priority,
    payload = u.payload,
    options = u.options,
    created_at = u.created_at,
    status = u.status,
    result = u.result,
    error = u.error,
    started_at = u.started_at,
    finished_at = u.finished_at
  from (
    select anew.*, held.place
    from (
      select *
      from unnest(
        $1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::int4[], $6::text[], $7::text[], $8::uuid[], $9::text[],
        $10::timestamptz[], $11::text[], $12::text[], $13::text[], $14::timestamptz[], $15::timestamptz[], $16::int4[]
      ) as anew
        (tenant_id, id, type, queue, priority, payload, options, workflow_id, step, created_at, status, result, error,
          started_at, finished_at, generation)
      limit $17
    ) anew
    cross join lateral (
      select h.ctid as place from tasks h
      where h.tenant_id = anew.tenant_id
        and h.id = anew.id
        and h.generation = anew.generation
        and h.status = 'blocked'
      offset 0
    ) held
  ) u
  where t.ctid = u.place
  returning 1
)
select count(*)::int4 as restarted from restarted;
