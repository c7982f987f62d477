-- Inserts rows of steps that no worker is asked for now: waits, fan-outs, items that wait for their turn, steps that
-- ended as they began.
-- $1..$10: tenant, id, type, queue, priority, payload, options, workflow, step, created · $11..$15: status, result,
-- error, started, finished (one array each, same length)
-- Gives the number of rows inserted, as `insert-steps.sql` does and for the same reason.
with inserted as (
  insert into tasks
    (tenant_id, id, type, queue, priority, payload, options, workflow_id, step, created_at, status, result, error,
      started_at, finished_at)
  select *
  from unnest(
    $1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::int4[], $6::text[], $7::text[], $8::uuid[], $9::text[],
    $10::timestamptz[], $11::text[], $12::text[], $13::text[], $14::timestamptz[], $15::timestamptz[]
  )
  on conflict (tenant_id, id) do nothing
  returning 1
)
select count(*)::int4 as inserted from inserted;
