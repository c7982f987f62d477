-- How the items of fan-outs stand is kept as they start and end: a workflow with a million of them is read again without
-- looking at one.

-- What the row of a workflow is: one of its steps (0), an item that was started again (1), or an item of a first run (2),
-- of which there may be a million.
create function row_part(step text, generation integer) returns integer language sql immutable
return case
  when split_part(step, '/', 2) in ('', 'prepare', 'compensation') then 0
  when generation > 1 then 1
  else 2
end;

create table fan_outs (
  tenant_id uuid not null,
  workflow_id uuid not null,
  step text not null,
  total integer not null,
  -- The first so many have rows.
  laid integer not null,
  -- Most bytes that one of them carries.
  largest integer not null,
  started integer not null,
  completed integer not null,
  failed integer not null,
  -- Failed ones that may have done their work.
  unknown integer not null,
  -- Those that have not started never will.
  closed boolean not null,
  -- Goes up with each change: who decided from another one was behind.
  revision integer not null,
  primary key (tenant_id, workflow_id, step)
) with (
  fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 2000,
  autovacuum_vacuum_cost_delay = 1
);

-- Those that are under way. Rows beyond the first `laid` are of a former run.
insert into fan_outs
select
  f.tenant_id, f.workflow_id, f.step, f.total, case when i.closed then f.total else f.laid end, f.largest,
  i.started, i.completed, i.failed, i.unknown, i.closed, 1
from (
  select
    t.tenant_id, t.workflow_id, t.step,
    coalesce((t.payload::json ->> 'items')::integer, 0) as total,
    coalesce((t.payload::json ->> 'largest')::integer, 1048576) as largest,
    coalesce(w.key::integer, (t.payload::json ->> 'items')::integer, 0) as laid,
    w.key is not null as is_laying,
    exists (
      select from waits c
      where c.tenant_id = t.tenant_id and c.workflow_id = t.workflow_id and c.step = t.step || '/close'
    ) as is_closing
  from tasks t
  left join waits w
    on w.tenant_id = t.tenant_id and w.workflow_id = t.workflow_id and w.step = t.step and w.kind = 'items'
  where t.type = 'taskflow.step/each' and t.status = 'running' and t.workflow_id is not null
) f
cross join lateral (
  select
    count(*) filter (where s.status <> 'blocked' and not s.never)::integer as started,
    count(*) filter (where s.status in ('completed', 'skipped') and not s.never)::integer as completed,
    count(*) filter (where s.status in ('failed', 'cancelled'))::integer as failed,
    count(*) filter (where s.status in ('failed', 'cancelled') and s.outcome_unknown)::integer as unknown,
    f.is_closing or coalesce(bool_or(s.never), false) or (not f.is_laying and count(*) < f.total) as closed
  from (
    select h.status, h.outcome_unknown, h.status = 'skipped' and h.started_at is null as never
    from tasks h
    where h.tenant_id = f.tenant_id
      and h.workflow_id = f.workflow_id
      and split_part(h.step, '/', 1) = f.step
      and case when row_part(h.step, h.generation) > 0 then split_part(h.step, '/', 2)::integer < f.laid end
  ) s
) i;

-- The rows of a workflow by what they are. Each part is gone through in pages.
create index tasks_of_workflow_by_part on tasks (tenant_id, workflow_id, row_part(step, generation), id)
where workflow_id is not null;
drop index tasks_of_workflow_in_order;
