-- Tasks that failed for good, newest first.
-- Parameters: $1 tenant, $2 queue or null, $3 type or null, $4 id before which to begin or null, $5 most rows, $6 most
--   bytes: rows are given until their payloads and errors reach it.
-- Result: with each row how many there are without regard to their bytes. Bytes are told by the row, so that what is left
-- out is not read.
select page.id, page.task_id, page.generation, page.queue, page.type, page.attempts, page.reason, page.fingerprint,
  page.error, page.payload, page.buried_at, page.found
from (
  select d.*, count(*) over ()::int as found,
    sum(octet_length(d.payload) + octet_length(d.error)) over (
      order by d.id desc rows between unbounded preceding and 1 preceding
    ) as before
  from (
    select * from dead_letters
    where tenant_id = $1::uuid
      and ($2::text is null or queue = $2)
      and ($3::text is null or type = $3)
      and ($4::uuid is null or id < $4)
    order by id desc
    limit $5
  ) d
) page
where page.before is null or page.before < $6::bigint
order by page.id desc
