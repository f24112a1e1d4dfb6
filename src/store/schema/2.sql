-- A record of the emergency journal whose facts are in this file, by its checksum. It outlives the journal's line, so
-- that a journal that comes back, from a backup or after a power cut, is not taken for news.
create table journal_imports (
    id text primary key
) strict, without rowid;
