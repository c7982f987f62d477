-- Makes a database that starts as a copy of a template which nobody is connected to.
-- Identifiers: name, template.
CREATE DATABASE :"name" TEMPLATE :"template"
