-- A transaction that was begun without waiting for the disk turns out to emit events: its COMMIT must wait.
-- A lost asynchronous commit would give its stream number to other events, and consumers would skip those for ever.
select set_config('synchronous_commit', 'on', true);
