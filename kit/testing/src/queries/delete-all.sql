-- Deletes every row of a table, which keeps its pages until it is vacuumed.
-- Identifier: table.
delete from :"table"
