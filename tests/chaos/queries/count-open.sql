-- Counts the workflows that have not come to rest, with those that steps started, and the tasks of all workflows.
-- Parameters: none. Result: one row.
select
  (
    select count(*)::int from workflows
    where status not in ('completed', 'failed', 'cancelled', 'compensated', 'compensation-stuck', 'stuck')
  ) as workflows,
  (
    select count(*)::int from tasks
    where workflow_id is not null and status not in ('completed', 'failed', 'cancelled', 'skipped', 'stuck')
  ) as tasks
