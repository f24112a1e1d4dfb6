-- The desk: an entry may be asleep until a time, and offered to somebody who has not said yes yet. `attempts` counts
-- those since the caller rang last.
alter table call_backs add column asleep_until integer;
alter table call_backs add column offered_to text;
alter table call_backs add column offered_by text;
alter table call_backs add column offered_until integer;
alter table call_backs add column attempts integer not null default 0;

-- How the entry stood before a person's deed, as JSON, for taking the deed back; and when it was.
alter table call_back_events add column before text;
alter table call_back_events add column undone_at integer;

create index offers on call_backs (offered_until) where offered_until is not null;

-- For the last deed of a person.
create index events_of_person on call_back_events (by);

-- What a caller was told, or agreed to with a person (then `call` is null): by when somebody rings. `met_at` is when
-- somebody first rang, or the entry was closed, after it was made: kept if that was in time.
create table promises (
    id integer primary key,
    call_back integer not null references call_backs,
    call integer,
    made_at integer not null,
    promised_at integer not null,
    met_at integer
) strict;

create unique index promises_of_call_back on promises (call_back, call);

insert into promises (call_back, call, made_at, promised_at, met_at)
    select id, last_call, opened_at, promised_at, closed_at from call_backs where promised_at is not null;

-- Whether the caller pressed a key or said something: what machines do not do.
alter table calls add column pressed integer not null default 0;

-- Missed calls only, and nearly always at its end.
create index calls_of_call_back on calls (call_back) where call_back is not null;

-- Words of the business for sorting its callers: a JSON list.
alter table callers add column tags text;

-- What people wrote about a caller, not about one entry.
create table caller_notes (
    id integer primary key,
    caller text not null,
    at integer not null,
    by text not null,
    text text not null
) strict;

create index notes_of_caller on caller_notes (caller);

-- A call that was forgotten, by a hash of the provider's name for it: late news of it must not bring the caller back.
create table forgotten_calls (
    id text primary key,
    call integer not null,
    at integer not null
) strict, without rowid;
