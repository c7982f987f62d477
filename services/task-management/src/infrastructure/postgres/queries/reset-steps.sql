-- Makes rows ready to be started anew, under the next generation.
-- $1..$3: tenant, id, generation that they have (arrays) · $4: number of rows
-- Gives the number of rows reset. A row of another generation, or one that has not ended, is not touched.
-- Found by key, then written by place (kit/postgres, Plans). Only this writer changes rows of steps, so places hold.
with reset as (
  update tasks t
  set
    generation = t.generation + 1,
    status = 'blocked',
    attempts = 0,
    result = null,
    error = null,
    progress = null,
    cancel_requested = false,
    cancel_reason = null,
    outcome_unknown = null,
    started_at = null,
    finished_at = null
  from (
    select held.place
    from (
      select * from unnest($1::uuid[], $2::uuid[], $3::int4[]) as ended (tenant_id, id, generation) limit $4
    ) ended
    cross join lateral (
      select h.ctid as place from tasks h
      where h.tenant_id = ended.tenant_id
        and h.id = ended.id
        and h.generation = ended.generation
        and h.status not in ('queued', 'running', 'retrying', 'scheduled')
      offset 0
    ) held
  ) u
  where t.ctid = u.place
  returning 1
)
select count(*)::int4 as reset from reset;
