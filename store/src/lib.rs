//! The only crate that knows SQL and Redis: each method is one meaningful, transactional act.

mod addresses;
mod admins;
mod attempts;
mod calls;
mod changes;
mod charges;
mod closing;
mod coarse;
mod columns;
mod db;
mod events;
mod files;
mod fleet;
mod folding;
mod ids;
mod inherited;
mod invitations;
mod invoices;
mod journal;
mod kept;
mod key_edits;
mod keys;
mod late;
mod letters;
mod levels;
mod links;
mod mending;
mod meter;
mod moving;
mod outbox;
mod overview;
mod partners;
mod people;
mod plans;
mod product_edits;
mod product_figures;
mod products;
mod published;
mod publishing;
mod reported;
mod reports;
mod retention;
mod revenue;
mod revisions;
mod secret;
mod sessions;
mod settings;
mod sketches;
mod spool;
mod subscribing;
mod subscriptions;
mod sums;
mod team;
mod tokens;
mod upstreams;
mod usage;

pub use attempts::Attempt;
pub use calls::{Followed, Found};
pub use changes::Change;
pub use closing::CLOSES_AFTER;
pub use db::{Db, Store};
pub use files::{backup, restore};
pub use fleet::{Batch, Drift, Fleet, Grant, LeaseAsked, Pace, PaceAsked};
pub use key_edits::{CreatedKey, KeyChange, NewKey};
pub use keys::KeyRecord;
pub use links::{Link, LinkKind};
pub use meter::hour_of;
pub use moving::{Moved, move_to_postgres};
pub use partners::{PartnerDetail, PartnerRow};
pub use people::SignUp;
pub use product_edits::NewProduct;
pub use product_figures::ProductRow;
pub use published::Published;
pub use publishing::PublishOutcome;
pub use reported::Counted;
pub use revenue::RevenueRow;
pub use secret::{PasswordCost, Secret};
pub use sessions::Visitor;
pub use subscriptions::Entitlement;
pub use tokens::{TOKEN_PREFIX, Token, TokenScope};
pub use upstreams::Route;
pub use usage::QuotaRow;

/// Why an act did not happen.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Something typed breaks a rule, or clashes with what is there: names the field.
    #[error(transparent)]
    Invalid(#[from] domain::Invalid),
    /// The database could not be asked.
    #[error("the database did not answer: {0}")]
    Database(#[from] sqlx::Error),
    /// The schema could not be brought up to date.
    #[error("the database schema could not be brought up to date: {0}")]
    Migrate(#[from] sqlx::migrate::MigrateError),
    /// Redis could not be asked.
    #[error("Redis did not answer: {0}")]
    Redis(#[from] redis::RedisError),
    /// The files of calls that are not in SQL yet could not be written or read.
    #[error("the files of calls that wait for the database could not be used: {0}")]
    Spool(std::io::Error),
    /// A row holds what this version does not understand.
    #[error("table {table}, column {column}: {detail}")]
    Corrupt { table: &'static str, column: &'static str, detail: String },
    /// Several askers waited for the same work, and it failed.
    #[error(transparent)]
    Shared(std::sync::Arc<Error>),
    /// A thread that worked for this act ended early.
    #[error("the work stopped: {0}")]
    Stopped(String),
    /// A file, or a database as a whole, is not what it has to be: one sentence.
    #[error("{0}")]
    File(String),
    /// The operating system gave no randomness, or hashing failed.
    #[error("{0}")]
    Crypto(String),
}

impl Error {
    /// Whether the database does not answer at all: what was asked may be asked again later.
    pub fn is_away(&self) -> bool {
        use sqlx::Error::{Io, PoolClosed, PoolTimedOut, Tls};
        match self.unshared() {
            Self::Database(Io(_) | Tls(_) | PoolTimedOut | PoolClosed) => true,
            // Classes 08 and 57P: connections that fail, and a server that starts or stops.
            Self::Database(sqlx::Error::Database(said)) => {
                said.code().is_some_and(|code| code.starts_with("08") || code.starts_with("57P"))
            }
            _ => false,
        }
    }

    /// Whether one row cannot be read, which says nothing of all the others.
    pub fn is_corrupt(&self) -> bool {
        matches!(self.unshared(), Self::Corrupt { .. })
    }

    /// Whether what was asked for holds what PostgreSQL can neither keep nor look for, such as a NUL (SQLSTATE 22021): no row has it.
    pub fn is_nowhere(&self) -> bool {
        matches!(self.unshared(), Self::Database(sqlx::Error::Database(said)) if said.code().is_some_and(|code| code == "22021"))
    }

    fn unshared(&self) -> &Self {
        match self {
            Self::Shared(error) => error.unshared(),
            own => own,
        }
    }

    /// A value that this version does not understand.
    pub(crate) fn corrupt(table: &'static str, column: &'static str, detail: impl Into<String>) -> Self {
        Self::Corrupt { table, column, detail: detail.into() }
    }
}

/// The result of asking the store.
pub type Result<T, E = Error> = std::result::Result<T, E>;
