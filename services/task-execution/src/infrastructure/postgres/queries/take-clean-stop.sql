-- Begins a run: takes the mark of a clean stop away, so that a crash of this run leaves none.
-- Parameters: none.
-- Result: one row; clean is also true for a database that has never been worked on.
with mark as (delete from clean_stops returning 1)
select exists (select from mark) or not exists (select from positions) as clean
