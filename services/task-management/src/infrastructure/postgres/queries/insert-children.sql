-- Inserts headers of workflows that steps of others start.
-- $1..$9: tenant, id, name, version, hash, steps, input, options, created · $10, $11: parent, its step (arrays)
-- Gives the number of rows inserted. A child's id is derived: one that was started before is missing from it.
with inserted as (
  insert into workflows
    (tenant_id, id, name, version, hash, steps, input, options, created_at, parent_id, parent_step)
  select *
  from unnest(
    $1::uuid[], $2::uuid[], $3::text[], $4::int4[], $5::text[], $6::int4[], $7::text[], $8::text[], $9::timestamptz[],
    $10::uuid[], $11::text[]
  )
  on conflict (tenant_id, id) do nothing
  returning 1
)
select count(*)::int4 as inserted from inserted;
