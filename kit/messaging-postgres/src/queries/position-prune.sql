-- Drops old links of one chain of positions.
-- Parameters: $1 source, $2 stream, $3 newest links that stay, $4 most rows.
-- Result: one row, the number of rows dropped.
-- The links that stay refuse an applier that still works from an older position.
with due as (
  select after_seq from positions
  where source = $1::text and stream = $2::int
  order by after_seq desc
  offset $3::int
  limit $4::int
), dropped as (
  delete from positions
  where source = $1::text and stream = $2::int and after_seq = any(array(select after_seq from due))
  returning 1
)
select count(*)::int as dropped from dropped
