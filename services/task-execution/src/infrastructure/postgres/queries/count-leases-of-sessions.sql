-- How much expired sessions were running, for those who are told. Reads the running work once for all of them: an index
-- by session would be written by every dispatch and every end.
-- Parameters: $1 sessions.
select l.session, count(*)::int as leases from leased l where l.session = any ($1::uuid[]) group by l.session
