-- An event meets the waits that there were when it came, in pages, each once.

-- In the order of their beginnings: a page goes on where the one before it ended.
drop index waits_of_events;
create index waits_of_events on waits (tenant_id, name, key, number) where kind = 'event';

-- Events that have not met all of their waits.
create table event_deliveries (
  tenant_id uuid not null,
  id uuid not null,
  name text not null,
  key text not null,
  payload text not null,
  -- The waits numbered above the one and up to the other are left.
  above bigint not null,
  up_to bigint not null,
  primary key (tenant_id, id)
);
create index event_deliveries_by_name on event_deliveries (tenant_id, name, key, up_to);
