-- Ends a run: everything that it dispatched is on disk with this commit, because the log is written in order.
-- Parameters: none.
insert into clean_stops (stopped_at) values (taskflow_now())
on conflict (only_row) do update set stopped_at = excluded.stopped_at
