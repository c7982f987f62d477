-- Queues that somebody paused or limited.
select q.tenant_id, q.name, q.paused, q.concurrency from queues q
