-- Moves the most urgent work of these partitions into workers' hands. Priority first; at equal priority the partitions
-- take turns, each first come first served. Partitions of paused and of limited queues give nothing here.
-- Rows that another transaction holds are skipped, and so is one that changed since this statement began: its place
-- (ctid) is another one then, and the next claim finds it there. Each session is locked against being ended meanwhile,
-- so that no dispatch outlives its session unseen.
-- Parameters: $1..$4 partitions (tenant, queue, type, definition), the one served longest ago first; $5 leases, $6
--   their sessions, in the order in which they are to be used; $7 the different sessions; $8 most bytes: work is
--   taken until its payloads reach it.
-- Result: what was dispatched, in no order.
with alive as materialized (
  select s.id from sessions s where s.id = any ($7::uuid[]) for key share
),
slots as materialized (
  select array_agg(slot.lease order by slot.n) as leases, array_agg(slot.session order by slot.n) as sessions, count(*) as places
  from unnest($5::uuid[], $6::uuid[]) with ordinality slot (lease, session, n)
  where slot.session = any (array(select id from alive))
),
candidates as materialized (
  select c.place, c.priority, c.bytes, partition.n as turn,
    row_number() over (partition by partition.n, c.priority order by c.seq) as rank
  from unnest($1::uuid[], $2::text[], $3::text[], $4::text[]) with ordinality
    partition (tenant_id, queue, type, definition, n)
  cross join lateral (
    select w.ctid as place, w.priority, w.seq, octet_length(w.payload) as bytes
    from waiting w
    where w.tenant_id = partition.tenant_id and w.queue = partition.queue and w.type = partition.type
      and w.definition = partition.definition
    order by w.priority desc, w.seq
    limit (select places from slots)
  ) c
  where not exists (
    select from queues q
    where q.tenant_id = partition.tenant_id and q.name = partition.queue and (q.paused or q.concurrency is not null)
    offset 0
  )
),
first as materialized (
  select place, bytes from candidates order by priority desc, rank, turn limit (select places from slots)
),
best as materialized (
  select place
  from (select place, sum(bytes) over (rows between unbounded preceding and 1 preceding) as before from first) weighed
  where before is null or before < $8::bigint
),
locked as materialized (
  select w.ctid as place from waiting w where w.ctid = any (array(select place from best)) for update skip locked
),
taken as (
  delete from waiting w where w.ctid = any (array(select place from locked)) returning w.*
),
numbered as (
  select t.*, row_number() over () as slot, (select taskflow_now()) as at from taken t
)
insert into leased (tenant_id, id, lease, session, seq, queue, type, definition, priority, attempt, generation,
  attempt_ms, expires_at, queued_at, claimed_at, deadline_at, payload, options, outcome_unknown)
select t.tenant_id, t.id, (select leases from slots)[t.slot], (select sessions from slots)[t.slot], t.seq, t.queue,
  t.type, t.definition, t.priority, t.attempt, t.generation, t.attempt_ms, t.expires_at, t.queued_at, t.at,
  least(t.at + t.attempt_ms * interval '1 ms', t.expires_at), t.payload, t.options, t.outcome_unknown
from numbered t
returning tenant_id, id, lease, session, seq, queue, type, definition, priority, attempt, generation, claimed_at,
  deadline_at, payload, options, octet_length(payload) as bytes
