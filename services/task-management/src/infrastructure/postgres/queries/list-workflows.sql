-- One page of workflows, newest first. $1: tenant · $2: ids below this one · $3: status · $4: name
-- $5: rows to look at · $6: rows to give. As `list-tasks.sql`, whose comments say why rows to look at are bounded and what the greatest id is for.
with scanned as materialized (
  select
    tenant_id, id, name, version, hash, steps, status, cancel_requested, cancel_reason, pause_reason, parent_id,
    parent_step, created_at, finished_at, stuck_at
  from workflows
  where tenant_id = $1::uuid and id < coalesce($2::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
  order by id desc
  limit $5
), page as (
  select *
  from scanned
  where ($3::text is null or status = $3) and ($4::text is null or name = $4)
  order by id desc
  limit $6
), reach as (
  select
    (select count(*) from scanned) as rows,
    (select id from scanned order by id limit 1) as last_scanned,
    (select count(*) from page) as found,
    (select id from page order by id limit 1) as last_found
)
select
  p.*,
  case
    when r.found >= $6 then r.last_found
    when r.rows >= $5 then r.last_scanned
  end as scanned_to
from reach r
left join page p on true
order by p.id desc;
