//! Whether a connection may go on, and what its messages count.

use super::frames::Close;
use crate::gateway::Gateway;
use crate::gateway::arrival::Arrival;
use crate::gateway::keys;
use crate::gateway::meter::{Slot, Written};
use crate::gateway::permit::{self, Permit, Terms};
use crate::gateway::quota::Reservation;
use crate::gateway::rate::Pacer;
use crate::gateway::way::Way;
use crate::problem::Problem;
use axum::http::{HeaderMap, StatusCode, header};
use chrono::Utc;
use domain::product::SocketMetering;
use domain::usage::{Call, Outcome};
use std::sync::Arc;
use std::time::{Duration, Instant};
use store::KeyRecord;

/// How long a message waits where more calls are under way than can be counted, or than the partner may have.
const OVERLOAD: Duration = Duration::from_millis(50);

/// Whose connection it is, and what it may do.
pub struct Tally {
    gateway: Gateway,
    arrival: Arrival,
    caller: Arc<KeyRecord>,
    /// The headers that carry the key: it is asked for again while the connection lasts.
    credentials: HeaderMap,
    route: Arc<Way>,
    operation: String,
}

/// A message under way; dropping it gives back what it took.
pub struct Message {
    slot: Slot,
    call: Call,
    share: Option<Reservation>,
    started: Instant,
}

/// Why a message may not go on.
pub enum Held {
    /// The plan's rate: so long.
    For(Duration),
    /// For good.
    Closed(Close),
}

impl Tally {
    /// What a permitted handshake stands for.
    pub fn new(gateway: &Gateway, permit: &Permit, arrival: &Arrival, caller: Arc<KeyRecord>, headers: &HeaderMap) -> Self {
        let names = [header::AUTHORIZATION, keys::API_KEY];
        let credentials = names.into_iter().filter_map(|name| Some((name.clone(), headers.get(name)?.clone()))).collect();
        let (gateway, arrival, route) = (gateway.clone(), arrival.clone(), Arc::clone(&permit.route));
        Self { gateway, arrival, caller, credentials, route, operation: permit.open.operation().to_owned() }
    }

    /// The most bytes of a message.
    pub fn limit(&self) -> u64 {
        u64::try_from(self.route.upstream.max_request_bytes).unwrap_or(0)
    }

    /// Asks again what was asked before the handshake, less pace and quota.
    ///
    /// # Errors
    /// The first rule that says no by now; 503 where nobody can say.
    pub async fn is_welcome(&self) -> Result<(), Problem> {
        let (gateway, arrival) = (&self.gateway, self.again());
        let caller = keys::find(&gateway.known, &self.credentials, arrival.door, arrival.at).await?;
        let route = gateway.known.route(&arrival.product).await?;
        gateway.admitted(&arrival, &caller, route).await?;
        gateway.terms(&arrival, &caller).await.map(drop)
    }

    /// Takes what a message uses: a place, and a call of the quota. `None` where messages are not counted.
    ///
    /// # Errors
    /// How long it waits, or why the connection ends.
    pub async fn admit(&self) -> Result<Option<Message>, Held> {
        if self.route.upstream.socket_metering == SocketMetering::Connection {
            return Ok(None);
        }
        let arrival = self.again();
        let terms = self.gateway.terms(&arrival, &self.caller).await.map_err(|problem| self.close(&arrival, &problem))?;
        // Before pace: who waits for a place uses nothing up.
        let slot = self.gateway.meter.slot(self.caller.key.partner_id).map_err(|_| Held::For(OVERLOAD))?;
        self.keep_pace(&arrival, &terms).await?;
        let share = self.gateway.reserve(&arrival, &self.caller, &terms).await.map_err(|problem| self.close(&arrival, &problem))?;
        let call = permit::call(&arrival, &self.caller, self.operation.clone());
        Ok(Some(Message { slot, call, share, started: arrival.started }))
    }

    async fn keep_pace(&self, arrival: &Arrival, terms: &Terms) -> Result<(), Held> {
        let pace = self.gateway.rates.take(Pacer::of(&self.caller.key), &arrival.product, terms.per_second, arrival.started).await;
        if pace.allowed { Ok(()) } else { Err(Held::For(pace.retry_after.max(Duration::from_millis(1)))) }
    }

    /// Counts a refusal, and ends the connection with its sentence.
    fn close(&self, arrival: &Arrival, problem: &Problem) -> Held {
        self.gateway.refuse(arrival, &self.caller, self.operation.clone(), problem);
        Held::Closed(close(problem))
    }

    /// As a call of its own, now.
    fn again(&self) -> Arrival {
        Arrival { id: uuid::Uuid::now_v7(), at: Utc::now(), started: Instant::now(), ..self.arrival.clone() }
    }
}

/// A refusal as a close frame: 1008 for what the caller may not, 1013 for what we cannot.
pub fn close(problem: &Problem) -> Close {
    Close::new(if problem.status().is_server_error() { 1013 } else { 1008 }, problem.detail())
}

impl Message {
    /// Hands the message to the meter: it is counted before its last byte goes on.
    pub fn arrived(mut self, bytes: u64) -> Written {
        self.call.status = StatusCode::SWITCHING_PROTOCOLS.as_u16();
        self.call.outcome = Outcome::Success;
        self.call.latency = self.started.elapsed();
        self.call.bytes_in = bytes;
        self.slot.record(Box::new(self.call), self.share)
    }
}
