-- One page of the tasks of one workflow, newest first. $1: tenant · $2: workflow · $3: ids below this one
-- $4: status · $5: type · $6: queue · $7: tags as a JSON object (filters: null for any) · $8: rows to give
-- $9: bytes to give, as in `list-tasks.sql`; `scanned_to` as there
-- Found by workflow first (kit/postgres, Plans): the order of its index leaves no choice but that one, where the key
-- begins with the tenant, too, and has the order of the page.
-- Never null: step (every task of a workflow has one).
with matching as (
  select
    *,
    row_number() over newest_first as number,
    sum(octet_length(payload) + coalesce(octet_length(result), 0)) over newest_first as bytes
  from (
    select *
    from (
      select * from tasks where tenant_id = $1::uuid and workflow_id between $2::uuid and $2::uuid
      order by workflow_id
      offset 0
    ) of_workflow
    where ($3::uuid is null or id < $3::uuid)
      and ($4::text is null or status = $4)
      and ($5::text is null or type = $5)
      and ($6::text is null or queue = $6)
      and ($7::text is null or tags_of(options) @> $7::jsonb)
    order by id desc
    limit $8
  ) m
  window newest_first as (order by id desc)
), page as (
  select * from matching where number = 1 or bytes <= $9
)
select
  p.tenant_id, p.id, p.generation, p.type, p.queue, p.priority, p.status, p.attempts, p.payload, p.result, p.error,
  p.progress, p.options, p.cancel_requested, p.workflow_id, p.step, p.created_at, p.started_at, p.finished_at,
  p.stuck_at,
  case
    when (select count(*) from matching) >= $8 or (select count(*) from page) < (select count(*) from matching)
      then (select id from page order by id limit 1)
  end as scanned_to
from page p
order by p.id desc;
