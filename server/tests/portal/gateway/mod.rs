//! `/gateway/{product}/…`.

mod addresses;
mod cors;
mod fleet;
mod grpc;
mod keys;
mod limits;
mod metering;
mod proxy;
mod quota;
mod sockets;
mod standing;
mod stopping;
