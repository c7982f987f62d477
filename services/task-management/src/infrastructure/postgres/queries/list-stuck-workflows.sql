-- One page of the workflows that are stuck, newest first. $1: tenant · $2: ids below this one · $3: name
-- $4: rows to look at · $5: rows to give. As `list-workflows.sql`, by the index that holds stuck ones alone.
with scanned as materialized (
  select
    tenant_id, id, name, version, hash, steps, status, cancel_requested, cancel_reason, pause_reason, parent_id,
    parent_step, created_at, finished_at, stuck_at
  from workflows
  where stuck_at is not null
    and tenant_id = $1::uuid
    and id < coalesce($2::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
  order by id desc
  limit $4
), page as (
  select *
  from scanned
  where $3::text is null or name = $3
  order by id desc
  limit $5
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
    when r.found >= $5 then r.last_found
    when r.rows >= $4 then r.last_scanned
  end as scanned_to
from reach r
left join page p on true
order by p.id desc;
