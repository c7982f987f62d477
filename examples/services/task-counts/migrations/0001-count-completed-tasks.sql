-- How many tasks of a type have completed on a day. One row per type and day: the table grows with the calendar, and not
-- with the tasks.
create table day_counts (
  tenant_id uuid   not null,
  type      text   not null,
  day       date   not null,
  completed bigint not null check (completed > 0),
  primary key (tenant_id, type, day)
);
