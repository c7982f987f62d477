-- Records waits that begin. $1..$7: tenant, workflow, step, kind, due, name, key · $8: milliseconds from now (arrays)
-- Where $8 is given it says when the wait is over, by this database's clock, by which it is also found to be over: the
-- clock of another machine may be wrong. Where it is null, the instant is one that somebody named.
-- Gives the number of rows inserted; a step that waits already is missing from it.
with inserted as (
  insert into waits (tenant_id, workflow_id, step, kind, due_at, name, key)
  select
    tenant_id, workflow_id, step, kind,
    coalesce((select taskflow_now()) + after_ms * interval '1 millisecond', due_at),
    name, key
  from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::timestamptz[], $6::text[], $7::text[], $8::float8[])
    as begun (tenant_id, workflow_id, step, kind, due_at, name, key, after_ms)
  on conflict (tenant_id, workflow_id, step) do nothing
  returning 1
)
select count(*)::int4 as inserted from inserted;
