select count(*)::int as count from sessions
