-- Records waits that begin. $1..$7: tenant, workflow, step, kind, due, name, key (arrays)
-- Gives the number of rows inserted; a step that waits already is missing from it.
with inserted as (
  insert into waits (tenant_id, workflow_id, step, kind, due_at, name, key)
  select *
  from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::timestamptz[], $6::text[], $7::text[])
  on conflict (tenant_id, workflow_id, step) do nothing
  returning 1
)
select count(*)::int4 as inserted from inserted;
