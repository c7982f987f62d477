-- Takes new work in: straight into a worker's hands where one was reserved and the lane is open, else into the line.
-- A lane is open when nothing waits in it and its queue is neither paused nor limited; seen by the same statement
-- that hands over, so that no newcomer overtakes work that waits.
-- Parameters: $1..$4 lanes (tenant, queue, type, definition); from $5 one element per task: lane number, id,
--   generation, priority, attempt limit in ms, total limit in ms from now, payload, options, lease and session (null: to
--   the line).
-- Result: numbers of the open lanes. Tasks of these lanes that came with a lease are handed over, all others wait.
-- Each lane is looked up by itself, and the line by its own index (kit/postgres, Plans): `order by` and `offset 0` see
-- to it.
with now as materialized (select taskflow_now() as at),
open as materialized (
  select lane.n::int as n
  from unnest($1::uuid[], $2::text[], $3::text[], $4::text[]) with ordinality
    lane (tenant_id, queue, type, definition, n)
  where not exists (
      select from waiting w
      where w.tenant_id = lane.tenant_id and w.queue = lane.queue and w.type = lane.type
        and w.definition = lane.definition
      order by w.priority desc, w.seq
      offset 0
    )
    and not exists (
      select from queues q
      where q.tenant_id = lane.tenant_id and q.name = lane.queue and (q.paused or q.concurrency is not null)
      offset 0
    )
),
handed as (
  insert into leased (tenant_id, id, lease, session, seq, queue, type, definition, priority, attempt, generation,
    attempt_ms, expires_at, queued_at, claimed_at, deadline_at, payload, options)
  select ($1::uuid[])[work.lane], work.id, work.lease, work.session, nextval('work_order'), ($2::text[])[work.lane],
    ($3::text[])[work.lane], ($4::text[])[work.lane], work.priority, 1, work.generation, work.attempt_ms,
    (select at from now) + work.total_ms * interval '1 ms', (select at from now), (select at from now),
    (select at from now) + least(work.attempt_ms, work.total_ms) * interval '1 ms', work.payload, work.options
  from unnest($5::int[], $6::uuid[], $7::int[], $8::int[], $9::bigint[], $10::bigint[], $11::text[], $12::text[],
    $13::uuid[], $14::uuid[])
    work (lane, id, generation, priority, attempt_ms, total_ms, payload, options, lease, session)
  where work.lease is not null and work.lane = any (array(select n from open))
),
kept as (
  insert into waiting (tenant_id, id, seq, queue, type, definition, priority, attempt, generation, attempt_ms,
    expires_at, queued_at, payload, options)
  select ($1::uuid[])[work.lane], work.id, nextval('work_order'), ($2::text[])[work.lane], ($3::text[])[work.lane],
    ($4::text[])[work.lane], work.priority, 1, work.generation, work.attempt_ms,
    (select at from now) + work.total_ms * interval '1 ms', (select at from now), work.payload, work.options
  from unnest($5::int[], $6::uuid[], $7::int[], $8::int[], $9::bigint[], $10::bigint[], $11::text[], $12::text[],
    $13::uuid[], $14::uuid[])
    work (lane, id, generation, priority, attempt_ms, total_ms, payload, options, lease, session)
  where work.lease is null or work.lane <> all (array(select n from open))
)
select n from open
