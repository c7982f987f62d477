-- Reads the time that every lease is measured by. Parameters: none. Result: one row, epoch milliseconds.
select (extract(epoch from taskflow_now()) * 1000)::bigint as now
