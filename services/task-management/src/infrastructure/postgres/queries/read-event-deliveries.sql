-- Events that have not met all of their waits, in the order of their keys. $1: below this tenant's and id's place no
-- row is given: tenant · $2: id · $3: most rows
select tenant_id, id, name, key, payload, above, up_to
from event_deliveries
where (tenant_id, id) > ($1::uuid, $2::uuid)
order by tenant_id, id
limit $3;
