-- The workflow definition, as name@version, that a worker must hold to carry the work out; '' for work that any worker
-- of its type may do. It is part of the lane, so that a claim finds what its worker can do by the index alone.
alter table waiting add column definition text not null default '';
alter table leased add column definition text not null default '';
alter table delayed add column definition text not null default '';
drop index waiting_in_line;
create index waiting_in_line on waiting (tenant_id, queue, type, definition, priority desc, seq);

-- The last attempt ended without its worker's word on how far it came. Running work needs no mark: whoever takes it out
-- of its worker's hands knows how.
alter table waiting add column unheard boolean not null default false;
alter table delayed add column unheard boolean not null default false;
