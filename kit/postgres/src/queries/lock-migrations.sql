-- Lets one process migrate this database at a time; others wait here and then find the work done.
-- Released when the session ends, so a killed process blocks nobody.
SELECT pg_advisory_lock(hashtextextended('taskflow.migrations', 0))
