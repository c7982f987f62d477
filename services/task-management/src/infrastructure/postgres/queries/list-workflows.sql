-- One page of workflows, newest first. $1: tenant · $2: ids below this one · $3: status · $4: name · $5: version
-- $6, $7: created after and before (filters: null for any) · $8: rows to look at · $9: rows to give
-- As `list-tasks.sql`, whose comments say why rows to look at are bounded, what the greatest id is for, and how stuck ones
-- are found.
with scanned as materialized (
  (
    select
      tenant_id, id, name, version, hash, steps, status, cancel_requested, cancel_reason, pause_reason, parent_id,
      parent_step, created_at, finished_at, stuck_at
    from workflows
    where $3::text = 'stuck'
      and stuck_at is not null
      and tenant_id = $1::uuid
      and id < coalesce($2::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
    order by id desc
    limit $8
  )
  union all
  (
    select
      tenant_id, id, name, version, hash, steps, status, cancel_requested, cancel_reason, pause_reason, parent_id,
      parent_step, created_at, finished_at, stuck_at
    from workflows
    where $3::text is distinct from 'stuck'
      and tenant_id = $1::uuid
      and id < coalesce($2::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
    order by id desc
    limit $8
  )
), page as (
  select *
  from scanned
  where ($3::text is null or status = $3)
    and ($4::text is null or name = $4)
    and ($5::int4 is null or version = $5)
    and ($6::timestamptz is null or created_at > $6)
    and ($7::timestamptz is null or created_at < $7)
  order by id desc
  limit $9
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
    when r.found >= $9 then r.last_found
    when r.rows >= $8 then r.last_scanned
  end as scanned_to
from reach r
left join page p on true
order by p.id desc;
