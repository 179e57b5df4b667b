-- Addresses and networks that a key may be used from, as a JSON array of texts; null: everywhere.
alter table keys add column addresses json;
