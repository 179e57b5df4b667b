-- Who sends a mail takes it first, so that two nodes do not send it twice: when that was, and how often it was tried.
alter table outbox add column claimed_at timestamptz;
alter table outbox add column tries bigint not null default 0;
create index outbox_unsent on outbox (id) where sent_at is null;
