-- Enters a consumer that never applies anything, so that no entry is dropped while the log is being audited.
-- Parameters: none. Result: none.
insert into consumer_progress (consumer, stream, seq)
select 'chaos-audit', stream, 0 from stream_heads
on conflict do nothing
