-- Work of each queue by table. Reads the live tables whole: asked at most once a second, away from the data path.
-- Never null: tenant_id, name (one of the tables has them).
select coalesce(w.tenant_id, l.tenant_id, d.tenant_id) as tenant_id, coalesce(w.queue, l.queue, d.queue) as name,
  coalesce(w.depth, 0)::int as depth, coalesce(l.running, 0)::int as running, coalesce(d.delayed, 0)::int as delayed,
  greatest(0, extract(epoch from (select taskflow_now()) - w.oldest) * 1000)::bigint as oldest_ms
from (select tenant_id, queue, count(*) as depth, min(queued_at) as oldest from waiting group by 1, 2) w
full join (select tenant_id, queue, count(*) as running from leased group by 1, 2) l using (tenant_id, queue)
full join (select tenant_id, queue, count(*) as delayed from delayed group by 1, 2) d using (tenant_id, queue)
