-- How long the calls of a row of usage took, so that every line of a report has percentiles of its own: two letters for each bucket and
-- the calls in it, in any order (domain::latency::Sketch). Two of them are merged by writing one behind the other; what became long is
-- written anew. Calls that were counted before this column came are not in it.
alter table usage_hourly add column latencies text not null default '';

-- The same of the rows of usage_sums, under their keys. Apart from them, so that whoever counts calls does not read past it.
create table usage_latencies (
    level text not null,
    environment text not null,
    partner_id uuid not null,
    start timestamptz not null,
    product_id text not null,
    key_id uuid not null,
    source text not null,
    operation text not null,
    outcome text not null,
    status_class bigint not null,
    latencies text not null,
    primary key (level, environment, partner_id, start, product_id, key_id, source, operation, outcome, status_class)
);
-- For questions over all partners.
create index usage_latencies_start on usage_latencies (level, environment, start);
