-- Whether the database answers. No parameters.
select 1 as alive;
