//! `/api/v1/…`, and the addresses for other gateways.

mod events;
mod publish;
mod usage;
mod verify;
