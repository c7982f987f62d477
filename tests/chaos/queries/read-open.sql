-- Reads what has not come to rest. Parameters: none. Result: a row per task and workflow.
select 'task' as what, id, status from tasks
where status not in ('completed', 'failed', 'cancelled', 'skipped', 'stuck')
union all
select 'workflow', id, status from workflows
where status not in ('completed', 'failed', 'cancelled', 'compensated', 'compensation-stuck', 'stuck')
