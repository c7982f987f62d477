-- Waits whose time has come, the earliest first. $1: most rows
select tenant_id, workflow_id, step
from waits
where due_at <= (select taskflow_now())
order by due_at
limit $1;
