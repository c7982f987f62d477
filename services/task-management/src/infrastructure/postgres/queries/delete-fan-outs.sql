-- Removes fan-outs that are over. $1..$3: tenant, workflow, step · $4: revision that they have (arrays)
-- $5: number of rows
-- Gives the number of rows removed; one of another revision is not touched.
-- Found by key, then removed by place (kit/postgres, Plans).
with removed as (
  delete from fan_outs f
  using (
    select held.place
    from (
      select * from unnest($1::uuid[], $2::uuid[], $3::text[], $4::int4[])
        as ended (tenant_id, workflow_id, step, revision)
      limit $5
    ) ended
    cross join lateral (
      select h.ctid as place from fan_outs h
      where h.tenant_id = ended.tenant_id
        and h.workflow_id = ended.workflow_id
        and h.step = ended.step
        and h.revision = ended.revision
      offset 0
    ) held
  ) u
  where f.ctid = u.place
  returning 1
)
select count(*)::int4 as removed from removed;
