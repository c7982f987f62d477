-- Workflows that a filter finds, newest first. $1: tenant · $2: status · $3: name · $4: version
-- $5, $6: created after and before (each of the last four: null for any) · $7: rows to give
-- Reads along the primary key until enough are found; a rare status means that every workflow is looked at.
select
  w.tenant_id, w.id, w.name, w.version, w.hash, w.steps, w.status, w.cancel_requested,
  w.cancel_reason, w.pause_reason, w.parent_id, w.parent_step, w.created_at, w.finished_at, w.stuck_at
from workflows w
where w.tenant_id = $1::uuid
  and w.status = $2::text
  and ($3::text is null or w.name = $3)
  and ($4::int4 is null or w.version = $4)
  and ($5::timestamptz is null or w.created_at > $5)
  and ($6::timestamptz is null or w.created_at < $6)
order by w.id desc
limit $7;
