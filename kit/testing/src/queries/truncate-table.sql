-- Empties a table and forgets its statistics, as if it had never been analyzed.
-- Identifier: table.
truncate :"table"
