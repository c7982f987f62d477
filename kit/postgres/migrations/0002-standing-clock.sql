-- Lets a test hold the clock of SQL at one instant, so that no time passes but what the test lets pass. Null outside
-- tests. It lies in the row that is read anyway: production pays nothing for it.
ALTER TABLE taskflow_clock ADD COLUMN stands_at timestamptz;

CREATE OR REPLACE FUNCTION taskflow_now() RETURNS timestamptz
  LANGUAGE sql STABLE PARALLEL SAFE
  RETURN (
    SELECT coalesce(stands_at, clock_timestamp() + offset_ms * interval '1 millisecond') FROM taskflow_clock
  );
