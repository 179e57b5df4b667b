-- Ids of batches are forgotten by the time at which they were written.
create index meter_batches_at on meter_batches (at);
