-- Counts every row that a request to task-management can leave behind.
-- Parameters: none. Result: one row, a column per table.
select
  (select count(*) from tasks)::int as tasks,
  (select count(*) from idempotency_keys)::int as idempotency_keys,
  (select count(*) from workflows)::int as workflows,
  (select count(*) from workflow_graphs)::int as workflow_graphs,
  (select count(*) from workflow_definitions)::int as workflow_definitions,
  (select coalesce(max(seq), 0) from stream_heads)::int as entries
