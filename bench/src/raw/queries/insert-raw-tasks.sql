-- Creates a batch of tasks. Parameters: $1 ids, $2 payloads. No result.
INSERT INTO raw_tasks (id, payload)
SELECT id, payload FROM unnest($1::uuid[], $2::text[]) AS t (id, payload)
