-- As claim-waiting-work, for partitions of which some belong to queues that limit how many of their tasks run at once:
-- such a queue gives at most as many as it has room for. The queues' rows must have been locked by an earlier
-- statement of the transaction (lock-limited-queues), so that the count is not stale.
-- Parameters and result: as claim-waiting-work.
with alive as materialized (
  select s.id from sessions s where s.id = any ($7::uuid[]) for key share
),
slots as materialized (
  select array_agg(slot.lease order by slot.n) as leases, array_agg(slot.session order by slot.n) as sessions, count(*) as places
  from unnest($5::uuid[], $6::uuid[]) with ordinality slot (lease, session, n)
  where slot.session = any (array(select id from alive))
),
candidates as materialized (
  select partition.tenant_id, c.place, c.priority, c.bytes, partition.queue, partition.n as turn, room.free,
    row_number() over (partition by partition.n, c.priority order by c.seq) as rank
  from unnest($1::uuid[], $2::text[], $3::text[], $4::text[]) with ordinality
    partition (tenant_id, queue, type, definition, n)
  left join queues q on q.tenant_id = partition.tenant_id and q.name = partition.queue
  cross join lateral (
    select case when q.concurrency is not null then greatest(0, q.concurrency - (
      select count(*) from leased l where l.tenant_id = partition.tenant_id and l.gate = partition.queue
    )) end as free
  ) room
  cross join lateral (
    select w.ctid as place, w.priority, w.seq, octet_length(w.payload) as bytes
    from waiting w
    where w.tenant_id = partition.tenant_id and w.queue = partition.queue and w.type = partition.type
      and w.definition = partition.definition
    order by w.priority desc, w.seq
    limit (select places from slots)
  ) c
  where q.paused is not true
),
ranked as materialized (
  select c.*, row_number() over (partition by c.tenant_id, c.queue order by c.priority desc, c.rank, c.turn) as nth
  from candidates c
),
first as materialized (
  select place, bytes
  from ranked
  where free is null or nth <= free
  order by priority desc, rank, turn
  limit (select places from slots)
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
  attempt_ms, expires_at, queued_at, claimed_at, deadline_at, gate, payload, options, outcome_unknown)
select t.tenant_id, t.id, (select leases from slots)[t.slot], (select sessions from slots)[t.slot], t.seq, t.queue,
  t.type, t.definition, t.priority, t.attempt, t.generation, t.attempt_ms, t.expires_at, t.queued_at, t.at,
  least(t.at + t.attempt_ms * interval '1 ms', t.expires_at),
  (select q.name from queues q where q.tenant_id = t.tenant_id and q.name = t.queue and q.concurrency is not null),
  t.payload, t.options, t.outcome_unknown
from numbered t
returning tenant_id, id, lease, session, seq, queue, type, definition, priority, attempt, generation, claimed_at,
  deadline_at, payload, options, octet_length(payload) as bytes
