-- Time stands still here unless the scheduler moves it. A sequence is written and read outside of transactions, so
-- every statement sees the instant at which it was let run, whatever its transaction has seen before. It is not logged:
-- else each statement that moves it would make durable what others have committed asynchronously.
create schema simulation;
create unlogged sequence simulation.clock minvalue 0;

create or replace function taskflow_now() returns timestamptz
  language sql stable parallel safe
  return 'epoch'::timestamptz + (select last_value from simulation.clock) * interval '1 millisecond';
