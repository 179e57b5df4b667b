-- The log of calls in blocks: a partner's calls in the order of their ids, as JSON under LZ4. One row where there were a thousand; what the
-- old table holds is packed when the portal opens the database.
create table call_blocks (
    partner_id uuid not null,
    newest uuid not null,
    id uuid not null,
    oldest uuid not null,
    calls bigint not null,
    lines bytea not null,
    primary key (partner_id, newest, id)
);
