-- Remembers a turn that emits nothing and must be found again. $1: stream · $2: batch
insert into receipts (stream, batch) values ($1, $2::uuid)
on conflict (stream) do update set batch = excluded.batch;
