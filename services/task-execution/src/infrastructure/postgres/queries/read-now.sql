-- The database's time, for the events of one transaction.
select taskflow_now() as now
