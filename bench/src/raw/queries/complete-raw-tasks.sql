-- Completes a batch of claimed tasks. Parameters: $1 ids. No result.
UPDATE raw_tasks SET state = 2 WHERE id = ANY ($1::uuid[]) AND state = 1
