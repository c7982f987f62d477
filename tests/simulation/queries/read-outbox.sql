-- Reads everything that a service has published, also what it has dropped since.
-- Parameters: none. Result: entries in order; an empty body is a void entry.
select stream, seq, body from outbox
union all
select stream, seq, body from simulation.pruned
order by stream, seq
