//! `/gateway/{product}/…`.

mod cors;
mod keys;
mod limits;
mod metering;
mod proxy;
mod quota;
