-- What was reported of the recordings of a call, beside what stands in `recording_*`: the best of that and of what its
-- caller's own turns brought.
alter table calls add column told_seconds integer;
alter table calls add column told_url text;
alter table calls add column told_at integer;

update calls set told_seconds = recording_seconds, told_url = recording_url, told_at = recording_at
    where recording_at is not null;
