-- Reads what happened since the last look.
-- Parameters: $1 last number known. Result: changes in the order in which they were made.
select n, transaction::text as transaction, at_ms, subject, change, before, after
from simulation.audit where n > $1::bigint order by n
