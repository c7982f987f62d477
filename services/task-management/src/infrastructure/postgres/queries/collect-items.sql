-- Writes the results of a fan-out's items, in their order, as the result of its step.
-- $1, $2: tenant, step's row (arrays) · $3: number of steps · $4..$6: tenant, item's row, place of its step in $2,
-- from 1 (arrays, each step's items together and in order) · $7: most bytes of one result · $8: most bytes of all
-- Gives each step's row with what came of it: `gathered`; `too-large`, where its result exceeds $7; `later`, where those
-- before it and it exceed $8 together. The first that is not too large is always gathered. An item without a result
-- counts as null.
-- Found by key, then written by place (kit/postgres, Plans). Only this writer changes rows of steps, so places hold.
with measured as materialized (
  select items.step, coalesce(sum(octet_length(held.result) + 1), 0) + count(*) * 5 as bytes
  from unnest($4::uuid[], $5::uuid[], $6::int4[]) as items (tenant_id, id, step)
  cross join lateral (
    select case when h.status = 'completed' then h.result end as result from tasks h
    where h.tenant_id = items.tenant_id and h.id = items.id
    offset 0
  ) held
  group by items.step
), judged as materialized (
  select
    step,
    case
      when bytes > $7::int8 then 'too-large'
      when sum(bytes) filter (where bytes <= $7::int8) over before_and_it <= $8::int8 then 'gathered'
      when count(*) filter (where bytes <= $7::int8) over before_and_it = 1 then 'gathered'
      else 'later'
    end as outcome
  from measured
  window before_and_it as (order by step)
), gathered as materialized (
  select items.step, '[' || string_agg(coalesce(held.result, 'null'), ',' order by items.place) || ']' as result
  from unnest($4::uuid[], $5::uuid[], $6::int4[]) with ordinality as items (tenant_id, id, step, place)
  join judged on judged.step = items.step and judged.outcome = 'gathered'
  cross join lateral (
    select case when h.status = 'completed' then h.result end as result from tasks h
    where h.tenant_id = items.tenant_id and h.id = items.id
    offset 0
  ) held
  group by items.step
), written as (
  update tasks t
  set result = u.result
  from (
    select g.result, held.place
    from (
      select * from unnest($1::uuid[], $2::uuid[]) with ordinality as steps (tenant_id, id, place) limit $3
    ) steps
    join gathered g on g.step = steps.place
    cross join lateral (
      select h.ctid as place from tasks h where h.tenant_id = steps.tenant_id and h.id = steps.id offset 0
    ) held
  ) u
  where t.ctid = u.place
  returning t.id
)
select steps.id, j.outcome
from (
  select * from unnest($1::uuid[], $2::uuid[]) with ordinality as steps (tenant_id, id, place) limit $3
) steps
join judged j on j.step = steps.place;
