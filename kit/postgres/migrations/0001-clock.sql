-- The only clock of SQL: real time plus an offset that is zero outside tests.
CREATE TABLE taskflow_clock (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  offset_ms bigint NOT NULL DEFAULT 0
);

INSERT INTO taskflow_clock DEFAULT VALUES;

CREATE FUNCTION taskflow_now() RETURNS timestamptz
  LANGUAGE sql STABLE PARALLEL SAFE
  RETURN clock_timestamp() + (SELECT offset_ms FROM taskflow_clock) * interval '1 millisecond';
