-- A person's absence; at most one each, and over once `until` has passed. That of the whole business is in `away`.
create table absences (
    person text primary key,
    until integer not null,
    reason text,
    since integer not null,
    by text not null
) strict, without rowid;
