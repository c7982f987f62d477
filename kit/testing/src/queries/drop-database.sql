-- Drops a database and ends the sessions in it.
-- Identifier: name.
DROP DATABASE IF EXISTS :"name" WITH (FORCE)
