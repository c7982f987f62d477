-- Counts workflows that began below roots. $1..$3: tenant, root, how many more (arrays) · $4: number of roots
-- Gives the number of rows changed. One writer alone starts children, so what was read before still holds.
-- Found by key, then written by place (kit/postgres, Plans). Only this writer changes workflows, so places hold.
with counted as (
  update workflows w
  set descendants = coalesce(w.descendants, 0) + u.more
  from (
    select roots.more, held.place
    from (select * from unnest($1::uuid[], $2::uuid[], $3::int4[]) as more (tenant_id, id, more) limit $4) roots
    cross join lateral (
      select h.ctid as place from workflows h where h.tenant_id = roots.tenant_id and h.id = roots.id offset 0
    ) held
  ) u
  where w.ctid = u.place
  returning 1
)
select count(*)::int4 as counted from counted;
