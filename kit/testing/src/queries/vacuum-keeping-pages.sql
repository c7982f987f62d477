-- Takes statistics, and leaves a table the pages of its deleted rows, as a vacuum does that has no quiet moment.
-- Identifier: table.
vacuum (analyze, truncate false) :"table"
