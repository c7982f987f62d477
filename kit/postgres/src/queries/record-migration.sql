-- Notes a migration as applied, in the migration's own transaction.
-- Parameters: $1 component, $2 version, $3 checksum.
INSERT INTO schema_migrations (component, version, checksum) VALUES ($1, $2::integer, $3)
