-- How workflows' steps stand. $1, $2: tenant, workflow (arrays) · $3: number of workflows
-- A row for each row of a step, but for items of the first generation: of those of one fan-out a row for each status,
-- with `step` as `<key>/` and their number in `rows`. A workflow may have a million of them, and whoever rebuilds it
-- needs no more than to count them.
-- `fanned_out` is the payload of a fan-out's own row, which tells the number of its items; `closed` are items that never
-- started.
-- Found by workflow, one by one (kit/postgres, Plans). The order of its index leaves no choice but that one, where
-- the key begins with the tenant, too.
select
  u.id as workflow_id, s.step, s.generation, s.status, s.outcome_unknown, s.closed, s.rows,
  s.ids[1] as id, s.fanned_out[1] as fanned_out
from (select * from unnest($1::uuid[], $2::uuid[]) as wanted (tenant_id, id) limit $3) u
cross join lateral (
  select
    t.address as step, t.generation, t.status, t.outcome_unknown, t.closed, count(*)::int4 as rows,
    array_agg(t.id) filter (where not t.counted) as ids,
    array_agg(t.payload) filter (where not t.counted and t.type = 'taskflow.step/each') as fanned_out
  from (
    select
      h.id, h.generation, h.status, h.type, h.payload,
      coalesce(h.outcome_unknown, false) as outcome_unknown,
      h.status = 'skipped' and h.started_at is null as closed,
      h.generation = 1 and right(h.step, 1) between '0' and '9' and strpos(h.step, '/') > 0 as counted,
      case
        when h.generation = 1 and right(h.step, 1) between '0' and '9' and strpos(h.step, '/') > 0
          then split_part(h.step, '/', 1) || '/'
        else h.step
      end as address
    from tasks h
    where h.tenant_id = u.tenant_id and h.workflow_id between u.id and u.id
    order by h.workflow_id
    offset 0
  ) t
  group by t.address, t.generation, t.status, t.outcome_unknown, t.closed
) s;
