-- Takes new work in: straight into a worker's hands where one was reserved and the partition is open, else it is
-- queued.
-- A partition is open when nothing waits in it and its queue is neither paused nor limited; seen by the same statement
-- that dispatches, so that no newcomer overtakes work that waits.
-- Parameters: $1..$4 partitions (tenant, queue, type, definition); from $5 one element per task: partition number, id,
--   generation, priority, attempt limit in ms, total limit in ms from now, payload, options, lease and session (null:
--   it is queued).
-- Result: numbers of the open partitions. Tasks of these partitions that came with a lease are dispatched, all others
-- wait.
-- Each partition is looked up by itself, and waiting work by its own index (kit/postgres, Plans): `order by` and
-- `offset 0` see to it.
with now as materialized (select taskflow_now() as at),
open as materialized (
  select partition.n::int as n
  from unnest($1::uuid[], $2::text[], $3::text[], $4::text[]) with ordinality
    partition (tenant_id, queue, type, definition, n)
  where not exists (
      select from waiting w
      where w.tenant_id = partition.tenant_id and w.queue = partition.queue and w.type = partition.type
        and w.definition = partition.definition
      order by w.priority desc, w.seq
      offset 0
    )
    and not exists (
      select from queues q
      where q.tenant_id = partition.tenant_id and q.name = partition.queue and (q.paused or q.concurrency is not null)
      offset 0
    )
),
dispatched as (
  insert into leased (tenant_id, id, lease, session, seq, queue, type, definition, priority, attempt, generation,
    attempt_ms, expires_at, queued_at, claimed_at, deadline_at, payload, options)
  select ($1::uuid[])[work.partition], work.id, work.lease, work.session, nextval('work_order'), ($2::text[])[work.partition],
    ($3::text[])[work.partition], ($4::text[])[work.partition], work.priority, 1, work.generation, work.attempt_ms,
    (select at from now) + work.total_ms * interval '1 ms', (select at from now), (select at from now),
    (select at from now) + least(work.attempt_ms, work.total_ms) * interval '1 ms', work.payload, work.options
  from unnest($5::int[], $6::uuid[], $7::int[], $8::int[], $9::bigint[], $10::bigint[], $11::text[], $12::text[],
    $13::uuid[], $14::uuid[])
    work (partition, id, generation, priority, attempt_ms, total_ms, payload, options, lease, session)
  where work.lease is not null and work.partition = any (array(select n from open))
),
queued as (
  insert into waiting (tenant_id, id, seq, queue, type, definition, priority, attempt, generation, attempt_ms,
    expires_at, queued_at, payload, options)
  select ($1::uuid[])[work.partition], work.id, nextval('work_order'), ($2::text[])[work.partition], ($3::text[])[work.partition],
    ($4::text[])[work.partition], work.priority, 1, work.generation, work.attempt_ms,
    (select at from now) + work.total_ms * interval '1 ms', (select at from now), work.payload, work.options
  from unnest($5::int[], $6::uuid[], $7::int[], $8::int[], $9::bigint[], $10::bigint[], $11::text[], $12::text[],
    $13::uuid[], $14::uuid[])
    work (partition, id, generation, priority, attempt_ms, total_ms, payload, options, lease, session)
  where work.lease is null or work.partition <> all (array(select n from open))
)
select n from open
