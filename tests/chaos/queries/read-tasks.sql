-- Reads what every task came to that workers carry out: waits and fan-outs have rows, and nobody runs these.
-- Parameters: none. Result: a row per task.
select t.id, t.type, t.status, t.generation::int as generation, t.attempts::int as attempts, t.result
from tasks t
where t.type not like 'taskflow.step/%'
  and not exists (
    select from tasks item
    where item.tenant_id = t.tenant_id and item.workflow_id = t.workflow_id and item.step = t.step || '/0'
  )
