-- Of these worker sessions, those that have ended. Parameters: $1 session ids. Result: a row each.
select u.id
from unnest($1::uuid[]) as u (id)
where not exists (select from sessions s where s.id = u.id)
