-- The producer's side: streams with dense numbers, and the outbox that holds their entries.

-- Names the database that numbers these streams; consumers keep it beside their positions.
create table stream_identity (
  id uuid not null
);
insert into stream_identity (id) values (gen_random_uuid());

-- The last number drawn. Drawing locks the row until the transaction ends, which makes numbers dense and puts
-- them in commit order. Every draw leaves a dead version: the room lets them be pruned inside the page.
create table stream_heads (
  stream int primary key,
  seq bigint not null
) with (fillfactor = 10, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_scale_factor = 0);
insert into stream_heads (stream, seq) values (0, 0);

-- One row per transaction that emitted. The key on batch refuses a transaction whose outcome was already decided
-- to be "absent". An entry without types is void: it fills a number and carries nothing.
create table outbox (
  stream int not null,
  seq bigint not null,
  batch uuid not null,
  types text[] not null,
  body bytea not null,
  recorded_at timestamptz not null default taskflow_now(),
  primary key (stream, seq),
  constraint outbox_batch_key unique (batch)
);
-- Bodies come compressed: a second compression would only cost time.
alter table outbox alter column body set storage external;

-- The last number whose row was dropped, per stream.
create table outbox_floors (
  stream int primary key,
  seq bigint not null
);

-- What consumers said they have applied; rows above the lowest of them are kept.
create table consumer_progress (
  consumer text not null,
  stream int not null,
  seq bigint not null,
  reported_at timestamptz not null default taskflow_now(),
  primary key (stream, consumer)
);

-- The consumer's side: how far each stream is applied, written in the transaction of the effect. Rows are only
-- appended, so that a long snapshot elsewhere cannot bloat one hot row, and the key refuses a second applier.
create table positions (
  source text not null,
  stream int not null,
  after_seq bigint not null,
  seq bigint not null,
  identity uuid not null,
  primary key (source, stream, after_seq),
  constraint positions_forward check (seq > after_seq)
);
