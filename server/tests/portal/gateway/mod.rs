//! `/gateway/{product}/…`.

mod cors;
mod fleet;
mod keys;
mod limits;
mod metering;
mod proxy;
mod quota;
