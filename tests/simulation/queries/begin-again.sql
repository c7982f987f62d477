-- Puts a database back to the end of its migrations.
-- Parameters: none. Result: one row.
select simulation.begin_again()
