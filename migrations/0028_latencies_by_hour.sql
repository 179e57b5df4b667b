-- Folding an hour, and questions over all partners, read the hours of everybody: without this each of them reads the whole table.
create index latency_hourly_hour on latency_hourly (hour);
