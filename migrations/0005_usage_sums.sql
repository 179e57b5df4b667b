-- Coarser sums of usage_hourly and latency_hourly, so that a year of a large portal is read in a moment. They hold the hours before
-- usage_folds.until; a query adds the hours after it. The portal folds an hour soon after its end, and what there is already at its
-- first start.
create table usage_sums (
    -- What is kept apart and for how long: product_hour, product_day, partner_day, partner_month, key_day or key_month.
    level text not null,
    environment text not null,
    -- The id of nobody (only zeros), and an empty text, where a level does not keep something apart.
    partner_id uuid not null,
    start timestamptz not null,
    product_id text not null,
    key_id uuid not null,
    source text not null,
    operation text not null,
    outcome text not null,
    status_class bigint not null,
    calls bigint not null,
    bytes_in bigint not null,
    bytes_out bigint not null,
    primary key (level, environment, partner_id, start, product_id, key_id, source, operation, outcome, status_class)
);
-- For questions over all partners.
create index usage_sums_start on usage_sums (level, environment, start);

create table latency_sums (
    -- As in usage_sums; also portal_hour and portal_day, which keep no product apart.
    level text not null,
    environment text not null,
    partner_id uuid not null,
    start timestamptz not null,
    product_id text not null,
    bucket bigint not null,
    calls bigint not null,
    primary key (level, environment, partner_id, start, product_id, bucket)
);
create index latency_sums_start on latency_sums (level, environment, start);

-- One row: the hours before it are folded. None: nothing is folded yet.
create table usage_folds (
    until timestamptz not null primary key
);
