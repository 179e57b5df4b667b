-- One schema for SQLite and PostgreSQL. Ids are uuid, times are timestamptz bound by the application, integers are bigint, json holds objects or arrays.

create table people (
    id uuid not null primary key,
    email text not null,
    name text not null,
    password_hash text not null,
    platform_admin boolean not null,
    verified_at timestamptz,
    created_at timestamptz not null
);
-- An address belongs to whoever confirmed it; until then several may claim it, so that signing up tells nobody which addresses exist.
create unique index people_verified_email on people (email) where verified_at is not null;
create index people_email on people (email);

create table partners (
    id uuid not null primary key,
    name text not null,
    status text not null,
    created_at timestamptz not null
);

create table memberships (
    partner_id uuid not null references partners (id),
    person_id uuid not null references people (id),
    role text not null,
    created_at timestamptz not null,
    primary key (partner_id, person_id)
);
create index memberships_person on memberships (person_id);

create table sessions (
    id uuid not null primary key,
    token_hash text not null unique,
    person_id uuid not null references people (id),
    partner_id uuid references partners (id),
    user_agent text not null,
    address text not null,
    created_at timestamptz not null,
    last_seen_at timestamptz not null,
    expires_at timestamptz not null
);
create index sessions_person on sessions (person_id);

-- Links sent by mail: confirm, reset, change of address, invitation, first admin.
create table links (
    id uuid not null primary key,
    token_hash text not null unique,
    kind text not null,
    email text not null,
    person_id uuid references people (id),
    partner_id uuid references partners (id),
    role text,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    used_at timestamptz
);
create index links_partner on links (partner_id);

create table attempts (
    subject text not null,
    window_start timestamptz not null,
    tries bigint not null,
    primary key (subject, window_start)
);

create table products (
    id text not null primary key,
    name text not null,
    description text not null,
    version text not null,
    category text not null,
    status text not null,
    visibility text not null,
    tags json not null,
    icon text not null,
    base_url text not null,
    sandbox_url text,
    spec_url text,
    spec_etag text,
    spec_checked_at timestamptz,
    revision_id uuid,
    operations bigint not null,
    refused json,
    secret_header text,
    secret_value text,
    timeout_ms bigint not null,
    max_request_bytes bigint not null,
    max_response_bytes bigint not null,
    cors_origins json not null,
    allow_private boolean not null,
    position bigint not null,
    created_at timestamptz not null,
    updated_at timestamptz not null
);

create table product_partners (
    product_id text not null references products (id),
    partner_id uuid not null references partners (id),
    primary key (product_id, partner_id)
);

create table revisions (
    id uuid not null primary key,
    product_id text not null references products (id),
    number bigint not null,
    version text not null,
    hash text not null,
    document text not null,
    operations bigint not null,
    changes json not null,
    created_at timestamptz not null,
    created_by text not null,
    unique (product_id, number)
);

create table operations (
    product_id text not null references products (id),
    operation_id text not null,
    method text not null,
    path text not null,
    summary text not null,
    tag text not null,
    deprecated boolean not null,
    position bigint not null,
    primary key (product_id, operation_id)
);

-- A change of terms is a new row with the next version; subscriptions keep the row they chose.
create table plans (
    id uuid not null primary key,
    product_id text not null references products (id),
    slug text not null,
    name text not null,
    currency text not null,
    price_minor bigint not null,
    included bigint not null,
    overage_per_1000 text,
    rate_per_second bigint not null,
    status text not null,
    version bigint not null,
    created_at timestamptz not null,
    unique (product_id, slug, version)
);

create table subscriptions (
    id uuid not null primary key,
    partner_id uuid not null references partners (id),
    product_id text not null references products (id),
    plan_id uuid not null references plans (id),
    status text not null,
    started_at timestamptz not null,
    -- A planned change: the plan that takes over, and the end of the period after which it does.
    next_plan_id uuid references plans (id),
    next_plan_at timestamptz,
    ends_at timestamptz,
    ended_at timestamptz
);
create unique index subscriptions_current on subscriptions (partner_id, product_id) where status <> 'cancelled';
create index subscriptions_partner on subscriptions (partner_id, product_id);

create table keys (
    id uuid not null primary key,
    partner_id uuid not null references partners (id),
    name text not null,
    prefix text not null unique,
    secret_hash text not null,
    previous_hash text,
    overlap_until timestamptz,
    environment text not null,
    -- null: every product
    products json,
    created_at timestamptz not null,
    expires_at timestamptz,
    revoked_at timestamptz,
    last_used_at timestamptz
);
create index keys_partner on keys (partner_id);

-- Batches that were written, so that one that is sent again after a lost reply counts once.
create table meter_batches (
    id uuid not null primary key,
    at timestamptz not null
);

create table usage_hourly (
    hour timestamptz not null,
    partner_id uuid not null,
    product_id text not null,
    key_id uuid not null,
    environment text not null,
    source text not null,
    operation text not null,
    outcome text not null,
    -- 2, 3, 4 or 5
    status_class bigint not null,
    calls bigint not null,
    bytes_in bigint not null,
    bytes_out bigint not null,
    primary key (partner_id, environment, hour, product_id, key_id, source, operation, outcome, status_class)
);
create index usage_hourly_hour on usage_hourly (hour);
create index usage_hourly_key on usage_hourly (key_id);

create table latency_hourly (
    hour timestamptz not null,
    partner_id uuid not null,
    product_id text not null,
    environment text not null,
    bucket bigint not null,
    calls bigint not null,
    primary key (partner_id, environment, hour, product_id, bucket)
);

-- The newest calls, one by one; kept 30 days. The id is a UUIDv7, so its order is the order of time.
create table calls (
    id uuid not null primary key,
    at timestamptz not null,
    partner_id uuid not null,
    product_id text not null,
    key_id uuid not null,
    environment text not null,
    source text not null,
    method text not null,
    path text not null,
    operation text not null,
    status bigint not null,
    outcome text not null,
    latency_us bigint not null,
    bytes_in bigint not null,
    bytes_out bigint not null
);
create index calls_partner on calls (partner_id, id);
create index calls_at on calls (at);

-- Periods that were billed for a partner, also those that cost nothing: each is closed once.
create table closings (
    partner_id uuid not null references partners (id),
    period_start timestamptz not null,
    closed_at timestamptz not null,
    primary key (partner_id, period_start)
);

-- Numbers that count up without a gap, such as invoice numbers.
create table counters (
    name text not null primary key,
    value bigint not null
);

create table invoices (
    id uuid not null primary key,
    number text not null unique,
    partner_id uuid not null references partners (id),
    period_start timestamptz not null,
    period_end timestamptz not null,
    currency text not null,
    lines json not null,
    total_minor bigint not null,
    status text not null,
    issued_at timestamptz not null,
    paid_at timestamptz,
    unique (partner_id, period_start, currency)
);

create table events (
    id uuid not null primary key,
    at timestamptz not null,
    by_kind text not null,
    by_id uuid,
    by_name text not null,
    partner_id uuid,
    kind text not null,
    subject text not null,
    detail json not null
);
create index events_partner on events (partner_id, id);

create table outbox (
    id uuid not null primary key,
    at timestamptz not null,
    recipient text not null,
    subject text not null,
    body text not null,
    sent_at timestamptz
);

create table tokens (
    id uuid not null primary key,
    name text not null,
    token_hash text not null unique,
    scope text not null,
    created_at timestamptz not null,
    created_by text not null,
    expires_at timestamptz,
    last_used_at timestamptz,
    revoked_at timestamptz
);

create table settings (
    key text not null primary key,
    value json not null
);
