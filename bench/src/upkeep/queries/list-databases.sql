-- Lists the databases that hold anything of ours. Parameters: none. Result: one row each.
select datname as name from pg_database where not datistemplate and datname <> 'postgres'
