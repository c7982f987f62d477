-- Planted bug: a position is compared first and noted then, and nothing is between the two that others would run into.
-- Parameters and result: as move-position.
with found as materialized (
  select coalesce(
    (select seq from positions where source = $1::text and stream = $2::int order by after_seq desc limit 1), 0
  ) as seq
), noted as (
  insert into positions (source, stream, after_seq, seq, identity)
  select $1::text, $2::int, $3::bigint, $4::bigint, $5::uuid from found where found.seq = $3::bigint
  on conflict do nothing
)
select $4::bigint as seq from found where found.seq = $3::bigint
