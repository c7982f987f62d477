-- Planted bug: as careless-append, for a void entry.
-- Parameters and result: as outbox-void-batch.
insert into outbox (stream, seq, batch, types, body)
values ($1::int, nextval('simulation.careless_numbers'), $2::uuid, '{}', '')
returning seq
