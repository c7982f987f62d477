-- The owner runs these tasks again, so their dead letters are done with.
-- Parameters: $1 tenants, $2 task ids, $3 their count.
-- Found by task, then taken by place (kit/postgres, Plans). Dead letters never change, so places hold.
delete from dead_letters d
using (
  select held.place
  from (select * from unnest($1::uuid[], $2::uuid[]) u (tenant_id, task_id) limit $3) asked
  cross join lateral (
    select h.ctid as place from dead_letters h where h.tenant_id = asked.tenant_id and h.task_id = asked.task_id
    offset 0
  ) held
) u
where d.ctid = u.place
