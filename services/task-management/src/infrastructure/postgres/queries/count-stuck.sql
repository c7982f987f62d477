-- How many tasks and workflows are stuck, up to $1 of each.
select
  (select count(*) from (select from tasks where stuck_at is not null limit $1) counted)::int4 as tasks,
  (select count(*) from (select from workflows where stuck_at is not null limit $1) counted)::int4 as workflows;
