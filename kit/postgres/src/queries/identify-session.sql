-- Names the session that asks, for as long as the server runs: a process id alone may be given to a later one.
-- Result: pid, started (text), run (text) – equal for two sessions exactly when no restart, crash recovery or failover
-- of the server lies between them.
-- Any role may ask. A crash recovery below a living postmaster starts the statistics anew, and that instant is what
-- roles without further rights see of it; a reset by hand looks like a new run, which costs a look at the database.
SELECT
  pid,
  backend_start::text AS started,
  concat_ws(
    '/',
    (SELECT system_identifier FROM pg_control_system()),
    CASE WHEN pg_is_in_recovery() THEN 'standby' ELSE left(pg_walfile_name(pg_current_wal_lsn()), 8) END,
    pg_postmaster_start_time(),
    (SELECT stats_reset FROM pg_stat_bgwriter)
  ) AS run
FROM pg_stat_activity WHERE pid = pg_backend_pid()
