-- Under which account a provider knows our lines.
create table accounts (
    id integer primary key,
    provider text not null,
    name text not null,
    unique (provider, name)
) strict;

-- A flow as it was live at some time. Calls finish on the version they began with.
create table flow_versions (
    id integer primary key,
    name text not null,
    hash text not null,
    source text not null,
    live_at integer not null,
    unique (name, hash)
) strict;

-- A call: who, when, and what came of it. Times are milliseconds since 1970, UTC. The flow is no foreign key: when the
-- file is lost while the line is open, calls go on into a new one, and the flows are in it after the next start.
create table calls (
    id integer primary key,
    account integer not null references accounts,
    call_id text not null,
    line text,
    caller text,
    caller_name text,
    forwarded_from text,
    at integer not null,
    first_fetch_at integer,
    flow integer,
    outcome text not null,
    reason text,
    answered_by text,
    accepted_at integer,
    area text,
    ended_at integer,
    swept_at integer,
    trouble integer not null,
    error text,
    safe_ring_talked integer,
    recording_seconds integer,
    recording_url text,
    recording_at integer,
    call_back integer
) strict;

create unique index calls_by_provider on calls (call_id, account);

create index calls_in_progress on calls (id) where outcome = 'in_progress';

-- A turn of a call: what happened, where the call stood afterwards, and the very bytes that were answered.
-- Rows are only ever added at the end: kept by call, each would be squeezed in between those of other calls.
create table turns (
    id integer primary key,
    call integer not null,
    turn integer not null,
    at integer not null,
    key text,
    passed text not null,
    state text not null,
    reply text not null
) strict;

create unique index turns_of_call on turns (call, turn);

-- An attempt to reach a person in one ring of a call, and what their phone was answered.
create table legs (
    call integer not null,
    turn integer not null,
    person text not null,
    provider_id text,
    picked_up_at integer,
    prompted integer not null,
    accepted_at integer,
    prompt_reply text,
    accept_reply text,
    primary key (call, turn, person)
) strict, without rowid;

-- A waiting person: whose it is, by when, and how it ended. Ids are never used twice, because people say them aloud.
create table call_backs (
    id integer primary key autoincrement,
    line text not null,
    caller text,
    area text,
    owner text not null,
    opened_at integer not null,
    due_at integer not null,
    promised_at integer,
    typed_number text,
    taken_by text,
    taken_at integer,
    closed_by text,
    closed_at integer,
    outcome text,
    calls integer not null,
    first_call integer not null,
    last_call integer not null,
    seen integer not null
) strict;

create unique index one_open_call_back on call_backs (line, caller) where closed_at is null;

-- What people and ringback did to a call-back, in order. Nothing is ever taken from it.
create table call_back_events (
    id integer primary key,
    call_back integer not null references call_backs,
    at integer not null,
    by text not null,
    what text not null,
    detail text
) strict;

create index events_of_call_back on call_back_events (call_back);

-- What we know of a number: blocked, or answered before.
create table callers (
    caller text primary key,
    blocked_at integer,
    blocked_by text,
    answered_at integer,
    answered_by text
) strict, without rowid;

-- The owner's absence; at most one row, and over once `until` has passed.
create table away (
    id integer primary key check (id = 1),
    until integer not null,
    reason text,
    since integer not null,
    by text not null
) strict;

-- Somebody is to be told of a missed call; written with the call, sent afterwards.
create table notices (
    id integer primary key,
    call integer not null references calls,
    due_at integer not null,
    tries integer not null,
    sent_at integer
) strict;

create index notices_unsent on notices (due_at) where sent_at is null;

-- Something that should not have happened; for the doctor.
create table incidents (
    id integer primary key,
    at integer not null,
    call integer,
    what text not null,
    detail text
) strict;

-- The settings that were live last, at most one row: with a mistake in the file, people still work by these.
create table last_settings (
    id integer primary key check (id = 1),
    source text not null,
    live_at integer not null
) strict;
