-- Reads what became of the workflows that nobody's step started. Parameters: none.
-- Result: a row per workflow; `code` says why it is stuck, else why it did not complete.
select
  id,
  status,
  case when status = 'stuck' then stuck_error else error end::jsonb ->> 'code' as code
from workflows
where parent_id is null
