//! Calls as files, Redis and blocks keep them: MessagePack, a list of values for each call. Half of what a call costs the meter would
//! otherwise be the names of its fields.

use chrono::{DateTime, Utc};
use domain::key::Environment;
use domain::usage::{Call, Outcome, Source};
use serde::{Deserialize, Serialize, Serializer};
use std::borrow::Cow;
use std::time::Duration;
use uuid::Uuid;

/// Bytes that a call takes, about.
const USUAL: usize = 160;

/// A call. What is kept for a month is read by later versions: a new value comes last and has a default.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Kept<'a> {
    pub(crate) id: Uuid,
    /// Microseconds since 1970.
    at: i64,
    pub(crate) partner_id: Uuid,
    #[serde(borrow)]
    pub(crate) product_id: Cow<'a, str>,
    pub(crate) key_id: Uuid,
    pub(crate) environment: Environment,
    pub(crate) source: Source,
    #[serde(borrow)]
    method: Cow<'a, str>,
    #[serde(borrow)]
    path: Cow<'a, str>,
    #[serde(borrow)]
    pub(crate) operation: Cow<'a, str>,
    pub(crate) status: u16,
    pub(crate) outcome: Outcome,
    /// Nanoseconds.
    latency: u64,
    pub(crate) bytes_in: u64,
    pub(crate) bytes_out: u64,
}

impl Kept<'_> {
    pub(crate) fn at(&self) -> DateTime<Utc> {
        DateTime::from_timestamp_micros(self.at).unwrap_or_default()
    }

    pub(crate) fn latency(&self) -> Duration {
        Duration::from_nanos(self.latency)
    }

    /// Without what callers and documents may write as they like.
    pub(crate) fn plain(&self) -> Self {
        Self { method: "".into(), path: "".into(), operation: "".into(), ..self.clone() }
    }
}

impl<'a> From<&'a Call> for Kept<'a> {
    fn from(call: &'a Call) -> Self {
        Self {
            id: call.id,
            at: call.at.timestamp_micros(),
            partner_id: call.partner_id,
            product_id: call.product_id.as_str().into(),
            key_id: call.key_id,
            environment: call.environment,
            source: call.source,
            method: call.method.as_str().into(),
            path: call.path.as_str().into(),
            operation: call.operation.as_str().into(),
            status: call.status,
            outcome: call.outcome,
            latency: u64::try_from(call.latency.as_nanos()).unwrap_or(u64::MAX),
            bytes_in: call.bytes_in,
            bytes_out: call.bytes_out,
        }
    }
}

impl From<Kept<'_>> for Call {
    fn from(kept: Kept<'_>) -> Self {
        let (at, latency) = (kept.at(), kept.latency());
        Self {
            id: kept.id,
            at,
            partner_id: kept.partner_id,
            product_id: kept.product_id.into_owned(),
            key_id: kept.key_id,
            environment: kept.environment,
            source: kept.source,
            method: kept.method.into_owned(),
            path: kept.path.into_owned(),
            operation: kept.operation.into_owned(),
            status: kept.status,
            outcome: kept.outcome,
            latency,
            bytes_in: kept.bytes_in,
            bytes_out: kept.bytes_out,
        }
    }
}

/// Calls as bytes.
pub(crate) fn pack<'k>(calls: impl ExactSizeIterator<Item = &'k Kept<'k>>) -> Result<Vec<u8>, rmp_serde::encode::Error> {
    let mut bytes = Vec::with_capacity(USUAL * calls.len());
    rmp_serde::Serializer::new(&mut bytes).collect_seq(calls)?;
    Ok(bytes)
}

/// The calls in `bytes`, whose texts stay there.
pub(crate) fn read(bytes: &[u8]) -> Result<Vec<Kept<'_>>, rmp_serde::decode::Error> {
    rmp_serde::from_slice(bytes)
}

/// The calls in `bytes`.
pub(crate) fn unpack(bytes: &[u8]) -> Result<Vec<Call>, rmp_serde::decode::Error> {
    Ok(read(bytes)?.into_iter().map(Call::from).collect())
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use chrono::{TimeDelta, TimeZone};

    pub(crate) fn call() -> Call {
        Call {
            id: Uuid::now_v7(),
            at: Utc.with_ymd_and_hms(2026, 3, 1, 12, 0, 0).unwrap() + TimeDelta::microseconds(123_456),
            partner_id: Uuid::now_v7(),
            product_id: "parcels".to_owned(),
            key_id: Uuid::now_v7(),
            environment: Environment::Live,
            source: Source::Gateway,
            method: "GET".to_owned(),
            path: "/shipments/shp_\"ü".to_owned(),
            operation: String::new(),
            status: 404,
            outcome: Outcome::Success,
            latency: Duration::from_nanos(1_234_567),
            bytes_in: 0,
            bytes_out: u64::MAX,
        }
    }

    #[test]
    fn a_call_is_small_and_comes_back_as_it_was() {
        let calls = [call(), call()];
        let bytes = pack(calls.each_ref().map(Kept::from).iter()).unwrap();
        assert!(bytes.len() < 300, "{} bytes", bytes.len());
        assert_eq!(unpack(&bytes).unwrap(), calls);
        assert!(unpack(&bytes[..bytes.len() - 1]).is_err());
    }
}
