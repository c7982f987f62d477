-- Running work carries the mark, too: an earlier attempt that ended unheard may have done the work, whatever the handler
-- of a later one says of its own. So `unheard` of all three tables means: some attempt of this generation did.
alter table leased add column unheard boolean not null default false;
