-- Counts the work that task-execution still holds. Parameters: none. Result: one row.
select
  (select count(*) from waiting)::int as waiting,
  (select count(*) from leased)::int as leased,
  (select count(*) from delayed)::int as delayed
