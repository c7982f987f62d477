-- Options that are no JSON have no tags: one such row would otherwise fail every list that is filtered by them.
create function tags_of(options text) returns jsonb language plpgsql immutable strict as $$
begin
  return options::jsonb -> 'tags';
exception when data_exception then
  return null;
end;
$$;
