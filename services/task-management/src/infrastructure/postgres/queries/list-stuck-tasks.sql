-- One page of the tasks that are stuck, newest first. $1: tenant · $2: ids below this one (null: from the newest)
-- $3: type · $4: queue · $5: tags as a JSON object · $6: rows to look at · $7: rows to give · $8: bytes to give
-- (filters: null for any)
-- As `list-tasks.sql`, by the index that holds stuck ones alone: they are few among very many.
with scanned as materialized (
  select *
  from tasks
  where stuck_at is not null
    and tenant_id = $1::uuid
    and id < coalesce($2::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
  order by id desc
  limit $6
), matching as (
  select
    *,
    row_number() over newest_first as number,
    sum(octet_length(payload) + coalesce(octet_length(result), 0)) over newest_first as bytes
  from (
    select *
    from scanned
    where ($3::text is null or type = $3)
      and ($4::text is null or queue = $4)
      and ($5::text is null or options::jsonb -> 'tags' @> $5::jsonb)
    order by id desc
    limit $7
  ) m
  window newest_first as (order by id desc)
), page as (
  select * from matching where number = 1 or bytes <= $8
), reach as (
  select
    (select count(*) from scanned) as rows,
    (select id from scanned order by id limit 1) as last_scanned,
    (select count(*) from matching) as found,
    (select count(*) from page) as given,
    (select id from page order by id limit 1) as last_given
)
select
  p.tenant_id, p.id, p.generation, p.type, p.queue, p.priority, p.status, p.attempts, p.payload, p.result, p.error,
  p.progress, p.options, p.cancel_requested, p.workflow_id, p.step, p.created_at, p.started_at, p.finished_at,
  p.stuck_at,
  case
    when r.found >= $7 or r.given < r.found then r.last_given
    when r.rows >= $6 then r.last_scanned
  end as scanned_to
from reach r
left join page p on true
order by p.id desc;
