-- Takes the oldest kept signals of a name. $1..$4: tenant, workflow, name, how many (arrays, no name twice)
-- $5: number of names
-- Gives them in the order in which they came.
-- Found by workflow, then removed by place (kit/postgres, Plans).
with taken as (
  delete from signals s
  using (
    select held.place
    from (
      select *
      from unnest($1::uuid[], $2::uuid[], $3::text[], $4::int4[]) as wanted (tenant_id, workflow_id, name, many)
      limit $5
    ) wanted
    cross join lateral (
      select h.ctid as place from signals h
      where h.tenant_id = wanted.tenant_id
        and h.workflow_id between wanted.workflow_id and wanted.workflow_id
        and h.name = wanted.name
      order by h.workflow_id, h.number
      limit wanted.many
    ) held
  ) u
  where s.ctid = u.place
  returning s.workflow_id, s.name, s.number, s.payload
)
select workflow_id, name, payload from taken order by number;
