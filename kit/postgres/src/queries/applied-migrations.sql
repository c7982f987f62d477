-- Result: every applied migration, oldest first.
SELECT component, version, checksum FROM schema_migrations ORDER BY component, version
