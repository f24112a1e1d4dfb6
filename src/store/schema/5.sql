-- What the caller answered, as JSON; the language that the caller chose; and what was said in the message.
alter table calls add column answers text;
alter table calls add column language text;
alter table calls add column transcript text;
