-- The owner runs these tasks again, so their dead letters are done with.
-- Parameters: $1 tenants, $2 task ids, $3 their count.
delete from dead_letters d
using (select * from unnest($1::uuid[], $2::uuid[]) u (tenant_id, task_id) limit $3) u
where d.tenant_id = u.tenant_id and d.task_id = u.task_id
