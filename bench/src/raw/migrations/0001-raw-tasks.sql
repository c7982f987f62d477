-- The smallest table that can carry tasks from creation to completion: the raw limit that TaskFlow is measured against.
-- state: 0 waiting, 1 claimed, 2 completed.
CREATE TABLE raw_tasks (
  id uuid PRIMARY KEY,
  seq bigint GENERATED ALWAYS AS IDENTITY,
  state smallint NOT NULL DEFAULT 0,
  payload text NOT NULL
) WITH (fillfactor = 80);

CREATE INDEX raw_tasks_waiting ON raw_tasks (seq) WHERE state = 0;
