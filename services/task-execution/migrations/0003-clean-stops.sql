-- One row after a clean stop, taken away by the next start: a start without it follows a crash.
create table clean_stops (
  only_row   boolean     primary key default true check (only_row),
  stopped_at timestamptz not null
);
