-- Planted bug: a number is drawn without waiting for those who drew before, so numbers become visible out of order.
-- Parameters and result: as outbox-append, for a single entry.
with drawn as (
  select nextval('simulation.careless_numbers') as seq where current_setting('synchronous_commit') <> 'off'
), entry as (
  insert into outbox (stream, seq, batch, types, body, bytes)
  select $1::int, drawn.seq, $2::uuid, $3::text[], ($4::bytea[])[1], ($5::int[])[1] from drawn
  returning seq
)
select seq from entry
