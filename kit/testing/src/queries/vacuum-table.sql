-- Gives the pages of deleted rows back, and takes statistics.
-- Identifier: table.
vacuum (analyze) :"table"
