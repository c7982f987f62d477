-- Workflows that stand below a root, over all levels and generations: a definition that starts itself must come to an end.
-- Absent where there is none.
alter table workflows add column descendants integer;
