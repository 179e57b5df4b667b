-- The folders of calls that nodes keep beside Redis: when each was last seen, and when the oldest of its files was begun that SQL has not
-- got as a whole. No month is closed that one of them may still have calls of.
create table spools (
    id uuid not null primary key,
    seen_at timestamptz not null,
    oldest timestamptz
);
