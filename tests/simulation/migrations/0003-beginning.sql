-- A run begins where the migrations ended. Tables are emptied as new files, so that rows lie in the same places in
-- every run, and what the migrations had put into them is put back.
create table simulation.beginning (
  subject text primary key,
  content jsonb not null
);

create function simulation.own_tables() returns table (name text)
  language sql stable
  as $$
  select c.relname::text from pg_class c
  where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and c.relname <> 'schema_migrations'
  order by 1
$$;

create function simulation.begin_again() returns void
  language plpgsql
  as $$
declare
  item record;
begin
  execute (select 'truncate simulation.audit, simulation.pruned, ' || string_agg(quote_ident(name), ', ') from simulation.own_tables());
  alter sequence simulation.audit_n_seq restart;
  alter sequence simulation.careless_numbers restart;
  for item in select c.relname from pg_class c
    where c.relnamespace = 'public'::regnamespace and c.relkind = 'S' order by 1
  loop
    execute format('alter sequence %I restart', item.relname);
  end loop;
  for item in select subject, content from simulation.beginning order by subject loop
    execute format('insert into %I select * from jsonb_populate_recordset(null::%I, $1)', item.subject, item.subject)
      using item.content;
  end loop;
end
$$;

do $$
declare
  item record;
begin
  for item in select name from simulation.own_tables() loop
    execute format(
      'insert into simulation.beginning select %L, jsonb_agg(to_jsonb(t)) from %I t having count(*) > 0',
      item.name, item.name
    );
  end loop;
end
$$;
