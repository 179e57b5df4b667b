-- Small blocks of the log are put together every few minutes: without this each time would read the whole table.
create index call_blocks_small on call_blocks (partner_id, newest, id, calls) where calls < 500;
