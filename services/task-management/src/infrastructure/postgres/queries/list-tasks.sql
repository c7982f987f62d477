-- One page of tasks, newest first. $1: tenant · $2: ids below this one (null: from the newest) · $3: status
-- $4: type · $5: queue · $6: tags as a JSON object · $7: rows to look at · $8: rows to give · $9: bytes to give
-- (filters: null for any)
-- A filter without an index could read the whole table, so at most $7 rows are looked at; payloads and results of a
-- page could fill the memory, so a row beyond $9 bytes waits for the next page. `scanned_to` says how far the page
-- got, so that the next one goes on behind it even if this one found nothing. Null: nothing is left.
-- Without an id to begin below, the greatest one stands for it: an `or` could not be looked up in the key.
-- Stuck ones, few among very many, are found by the index that holds them alone. Of both ways to look, the one that the
-- status does not ask for is never begun.
with scanned as materialized (
  (
    select *
    from tasks
    where $3::text = 'stuck'
      and stuck_at is not null
      and tenant_id = $1::uuid
      and id < coalesce($2::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
    order by id desc
    limit $7
  )
  union all
  (
    select *
    from tasks
    where $3::text is distinct from 'stuck'
      and tenant_id = $1::uuid
      and id < coalesce($2::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
    order by id desc
    limit $7
  )
), matching as (
  select
    *,
    row_number() over newest_first as number,
    sum(octet_length(payload) + coalesce(octet_length(result), 0)) over newest_first as bytes
  from (
    select *
    from scanned
    where ($3::text is null or status = $3)
      and ($4::text is null or type = $4)
      and ($5::text is null or queue = $5)
      and ($6::text is null or tags_of(options) @> $6::jsonb)
    order by id desc
    limit $8
  ) m
  window newest_first as (order by id desc)
), page as (
  select * from matching where number = 1 or bytes <= $9
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
    when r.found >= $8 or r.given < r.found then r.last_given
    when r.rows >= $7 then r.last_scanned
  end as scanned_to
from reach r
left join page p on true
order by p.id desc;
