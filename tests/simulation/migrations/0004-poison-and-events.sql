-- What every check of a service lets pass and its database refuses: an ending that cannot be written, a step that cannot
-- begin, work that cannot be taken in.
create function simulation.refuse_poison() returns trigger
  language plpgsql
  as $$
begin
  raise exception 'poison' using errcode = '22023';
end
$$;

do $$
declare
  place text;
begin
  if to_regclass('workflows') is not null then
    create trigger poisonous_ending before update on tasks for each row
      when (new.result like '%"poison":"report"%') execute function simulation.refuse_poison();
    create trigger poisonous_beginning before insert on tasks for each row
      when (new.payload like '%"poison":"start"%') execute function simulation.refuse_poison();
    -- Waits and events alone: of other waits nothing is judged.
    create trigger recorded_beginning after insert on waits for each row
      when (new.kind = 'event') execute function simulation.record_change();
    create trigger recorded_end after delete on waits for each row
      when (old.kind = 'event') execute function simulation.record_change();
  else
    foreach place in array array['waiting', 'leased'] loop
      execute format(
        'create trigger poisonous_work before insert on %I for each row when (new.payload like %L) execute function '
          'simulation.refuse_poison()',
        place, '%"poison":"accept"%'
      );
    end loop;
  end if;
end
$$;
