-- Claims the oldest waiting tasks. Parameters: $1 how many at most. Result: id, payload.
-- SKIP LOCKED lets several workers claim at once without taking the same row.
UPDATE raw_tasks SET state = 1
WHERE id = ANY (ARRAY(SELECT id FROM raw_tasks WHERE state = 0 ORDER BY seq LIMIT $1 FOR UPDATE SKIP LOCKED))
RETURNING id, payload
