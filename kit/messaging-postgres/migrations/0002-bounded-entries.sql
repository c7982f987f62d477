-- A transaction that emits more than an entry may hold writes several entries: parts of one batch.
alter table outbox
  add column part int not null default 0,
  -- Of the body once it is expanded; null for entries that are older than this column.
  add column bytes int;

alter table outbox drop constraint outbox_batch_key;
alter table outbox add constraint outbox_batch_key unique (batch, part);
