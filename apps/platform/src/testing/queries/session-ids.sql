-- Every worker session that there is.
select id from sessions
