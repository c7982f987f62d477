-- The tasks of a workflow may be a million: they are gone through in pages.
create index tasks_of_workflow_in_order on tasks (tenant_id, workflow_id, id) where workflow_id is not null;
drop index tasks_of_workflow;
