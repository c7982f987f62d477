-- Counts tasks by their status. Parameters: none. Result: a row per status.
select status, count(*)::int as tasks from tasks group by status
