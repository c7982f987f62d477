-- Makes a finished template visible under its name: one that exists is complete.
-- Identifiers: draft, template.
ALTER DATABASE :"draft" RENAME TO :"template"
