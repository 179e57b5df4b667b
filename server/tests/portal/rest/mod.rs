//! `/api/v1/…`.

mod publish;
