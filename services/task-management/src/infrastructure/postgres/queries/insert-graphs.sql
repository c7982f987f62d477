-- Stores graphs that are not stored yet. $1..$3: tenant, hash, graph (arrays). Equal hashes mean equal graphs.
insert into workflow_graphs (tenant_id, hash, graph)
select * from unnest($1::uuid[], $2::text[], $3::text[])
on conflict (tenant_id, hash) do nothing;
