-- What really happened, written by the database itself in the transaction that did it: the checkers read this and
-- share nothing with the code that they check.
create table simulation.audit (
  n bigint generated always as identity primary key,
  transaction xid8 not null default pg_current_xact_id(),
  at_ms bigint not null,
  subject text not null,
  change text not null,
  before jsonb,
  after jsonb
);

create function simulation.record_change() returns trigger
  language plpgsql
  as $$
begin
  insert into simulation.audit (at_ms, subject, change, before, after)
  select last_value, tg_table_name, lower(tg_op),
    case when tg_op <> 'INSERT' then to_jsonb(old) - 'payload' - 'input' end,
    case when tg_op <> 'DELETE' then to_jsonb(new) - 'payload' - 'input' end
  from simulation.clock;
  return null;
end
$$;

do $$
declare
  watched text;
begin
  foreach watched in array array['tasks', 'workflows', 'waiting', 'leased', 'delayed', 'sessions', 'positions', 'consumer_progress'] loop
    if to_regclass(watched) is not null then
      execute format(
        'create trigger recorded after insert or update or delete on %I for each row execute function '
          'simulation.record_change()',
        watched
      );
    end if;
  end loop;
end
$$;

-- What producers drop stays readable here, so that the judges still see whole streams.
create table simulation.pruned (
  stream int not null,
  seq bigint not null,
  body bytea not null
);

create function simulation.keep_pruned() returns trigger
  language plpgsql
  as $$
begin
  insert into simulation.pruned values (old.stream, old.seq, old.body);
  insert into simulation.audit (at_ms, subject, change, before)
  select last_value, 'outbox', 'delete', jsonb_build_object('stream', old.stream, 'seq', old.seq)
  from simulation.clock;
  return null;
end
$$;

create trigger kept after delete on outbox for each row execute function simulation.keep_pruned();

-- For a planted bug alone: numbers that are drawn without waiting for those who drew before.
create sequence simulation.careless_numbers;
