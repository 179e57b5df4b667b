-- Usage events of other gateways that were counted, so that one that is sent again counts once. The id stands for (source, id) of the
-- event; at is the event's own time, after which it is kept as long as events may be late.
create table usage_events (
    id uuid not null primary key,
    at timestamptz not null
);
create index usage_events_at on usage_events (at);
