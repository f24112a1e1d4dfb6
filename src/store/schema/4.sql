-- What an address book, people and calls before told of a number. `name_from` and `language_from` are the file of the
-- import that said so; null where a person of the business or the caller did, which no import replaces.
alter table callers add column name text;
alter table callers add column name_from text;
alter table callers add column language text;
alter table callers add column language_from text;
alter table callers add column vip integer not null default 0;
alter table callers add column allowed_at integer;
alter table callers add column allowed_by text;
alter table callers add column human_at integer;

-- Whether the caller's network vouches for the number with which the call came.
alter table calls add column attested integer not null default 0;
