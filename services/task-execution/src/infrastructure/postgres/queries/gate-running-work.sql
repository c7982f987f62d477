-- Running work counts towards a limit that its queue got after it began. Runs after hold-running-work.
-- Parameters: $1 tenant, $2 queue.
update leased l set gate = l.queue where l.tenant_id = $1::uuid and l.queue = $2::text and l.gate is null
