-- Counts workflows by their status. Parameters: none. Result: a row per status.
select status, count(*)::int as workflows from workflows group by status
