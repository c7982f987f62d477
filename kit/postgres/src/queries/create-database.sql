-- Identifier: name, the new database.
CREATE DATABASE :"name"
