-- Lists the chains of positions, hopping over each one's links.
-- Parameters: none. Result: one row per chain.
with recursive chains as (
  (select source, stream from positions order by source, stream limit 1)
  union all
  select next.source, next.stream
  from chains
  cross join lateral (
    select p.source, p.stream from positions p
    where (p.source, p.stream) > (chains.source, chains.stream)
    order by p.source, p.stream
    limit 1
  ) next
)
select source, stream from chains
