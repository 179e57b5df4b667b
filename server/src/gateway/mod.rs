//! The gateway: find the key, take a permit, send, record.

pub mod arrival;
pub mod cors;
pub mod crossing;
pub mod direct;
pub mod grpc;
pub mod keys;
pub mod known;
pub mod leases;
pub mod limits;
pub mod memory;
pub mod meter;
pub mod pace;
pub mod permit;
pub mod places;
pub mod proxy;
mod quota;
pub mod rate;
pub mod record;
pub mod send;
pub mod shards;
pub mod socket;
pub mod standing;
pub mod upload;
pub mod upstream;
pub mod way;

use crate::metrics::TurnedAway;
use crate::problem::{OVERLOADED, Problem};
use crate::sandbox::guard::Resolver;
use arrival::Arrival;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, Response, StatusCode, header};
use axum::response::IntoResponse;
use domain::usage::{Call, Outcome};
use keys::Denied;
use known::Known;
use meter::Meter;
use proxy::Client;
use quota::Quotas;
use rate::{Cells, Rates};
use socket::{Patience, Sockets};
use standing::Answers;
use std::pin::pin;
use std::sync::Arc;
use store::{KeyRecord, Store};
use way::Way;

/// Refusals of a key that are recorded in a second.
const REFUSALS: u64 = 100;

/// Everything that a call meets. Cheap to clone.
#[derive(Clone)]
pub struct Gateway(Arc<Parts>);

/// What a [`Gateway`] is made of.
pub struct Parts {
    pub known: Arc<Known>,
    pub rates: Rates,
    pub quotas: Quotas,
    pub meter: Meter,
    /// Reaches every address: upstreams are named by admins.
    pub open: Client,
    /// Reaches public addresses only.
    pub guarded: Client,
    pub sockets: Sockets,
    /// How often each key was refused lately.
    pub refusals: Cells,
    /// Those under way.
    pub answers: Arc<Answers>,
}

impl std::ops::Deref for Gateway {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl Gateway {
    /// A gateway that writes through `meter`.
    ///
    /// # Errors
    /// Where the system's certificates cannot be read.
    pub fn new(store: Store, meter: Meter) -> std::io::Result<Self> {
        Self::with_patience(store, meter, Patience::default())
    }

    /// One whose WebSockets last so long by themselves.
    ///
    /// # Errors
    /// As [`Gateway::new`].
    pub fn with_patience(store: Store, meter: Meter, patience: Patience) -> std::io::Result<Self> {
        let (open, guarded) = (Client::new(Resolver::open())?, Client::new(Resolver::guarded())?);
        let (known, rates, quotas) = (Known::new(store.clone()), Rates::new(store.clone()), Quotas::new(store));
        Ok(Self(Arc::new(Parts {
            known,
            rates,
            quotas,
            meter,
            open,
            guarded,
            sockets: Sockets::new(patience),
            refusals: Cells::default(),
            answers: Answers::start(),
        })))
    }

    /// One call from its arrival to its answer, which does not name it yet.
    pub async fn serve(&self, arrival: &Arrival, request: Box<Request>) -> Response<Body> {
        let origin = request.headers().get(header::ORIGIN).cloned();
        match self.route(arrival).await {
            Err(problem) => problem.into_response(),
            Ok(route) => {
                arrival.meets(route.as_deref());
                let upstream = route.as_ref().map(|route| &route.upstream);
                if let Some(response) = cors::preflight(request.method(), request.headers(), upstream) {
                    return response;
                }
                let answered = pin!(self.answer(arrival, route.clone(), request)).await;
                let mut response = answered.unwrap_or_else(IntoResponse::into_response);
                cors::allow(response.headers_mut(), origin.as_ref(), upstream);
                response
            }
        }
    }

    /// The product that a call is for, if it is there.
    ///
    /// # Errors
    /// 503 where the database does not answer, counted.
    pub async fn route(&self, arrival: &Arrival) -> Result<Option<Arc<Way>>, Problem> {
        let route = self.known.route(&arrival.product).await;
        route.inspect_err(|_| self.meter.metrics().turned_away(TurnedAway::Unanswered))
    }

    /// The request path. Each step is polled where it lies: its future is large, and `await` alone would move it there.
    pub async fn answer(&self, arrival: &Arrival, route: Option<Arc<Way>>, request: Box<Request>) -> Result<Response<Body>, Problem> {
        let caller = self.caller(arrival, request.headers()).await?;
        let version = request.version();
        let is_socket = socket::is_asked(&request);
        let permit = match pin!(self.permit(arrival, &caller, route.clone(), is_socket)).await {
            Ok(permit) => permit,
            Err(problem) => return Err(Box::pin(self.refused(arrival, &caller, route, problem)).await),
        };
        if is_socket {
            // On the heap: the call beside it stays as small as it was.
            return Box::pin(self.converse(permit, arrival, caller, request)).await;
        }
        let (open, response) = pin!(self.send(permit, arrival, request)).await?;
        Ok(pin!(record::hold(open, &self.answers, version, &arrival.method, response)).await)
    }

    async fn caller(&self, arrival: &Arrival, headers: &HeaderMap) -> Result<Arc<KeyRecord>, Problem> {
        keys::find(&self.known, headers, arrival.door, arrival.at).await.map_err(|denied| self.denied(arrival, denied))
    }

    /// Counts a refusal where the key is known.
    pub fn denied(&self, arrival: &Arrival, denied: Denied) -> Problem {
        match denied {
            Denied::Stranger(problem) => {
                self.meter.metrics().turned_away(TurnedAway::Stranger);
                problem
            }
            Denied::Unanswered(problem) => {
                self.meter.metrics().turned_away(TurnedAway::Unanswered);
                problem
            }
            Denied::Known(caller, problem) => {
                self.refuse(arrival, &caller, String::new(), &problem);
                problem
            }
        }
    }

    /// Counts a refusal of a key that may call, under the operation that it was about where the caller may know of that.
    pub async fn refused(&self, arrival: &Arrival, caller: &KeyRecord, route: Option<Arc<Way>>, problem: Problem) -> Problem {
        // First: a flood of refusals is not to pay for what nobody writes down.
        if self.may_note(arrival, caller, &problem) {
            let is_shown = arrival.shown.get().is_some() && problem.status() != StatusCode::NOT_FOUND;
            let document = match route.filter(|_| is_shown) {
                Some(route) => self.known.document(&route).await.ok().flatten(),
                None => None,
            };
            self.note(arrival, caller, permit::operation(document.as_deref(), arrival), &problem);
        }
        problem
    }

    /// Counts a call that the gateway said no to; the answer does not wait for it.
    pub fn refuse(&self, arrival: &Arrival, caller: &KeyRecord, operation: String, problem: &Problem) {
        if self.may_note(arrival, caller, problem) {
            self.note(arrival, caller, operation, problem);
        }
    }

    /// Takes one of the refusals of a key that are recorded in this second. What broke on our side is no refusal, and counted here alone.
    fn may_note(&self, arrival: &Arrival, caller: &KeyRecord, problem: &Problem) -> bool {
        if problem.status().is_server_error() {
            let why = if problem.slug() == OVERLOADED.slug { TurnedAway::Overload } else { TurnedAway::Unanswered };
            self.meter.metrics().turned_away(why);
            return false;
        }
        // A key that is of no use any more, or too fast, may still come as often as it likes: the log is not to be filled by that.
        let is_allowed = self.refusals.take(caller.key.id, "", REFUSALS, arrival.started).allowed;
        if !is_allowed {
            self.meter.metrics().turned_away(TurnedAway::Refused);
        }
        is_allowed
    }

    fn note(&self, arrival: &Arrival, caller: &KeyRecord, operation: String, problem: &Problem) {
        let call = permit::call(arrival, caller, operation);
        // A path may name any product: what is not there shares one name with what is not shown, so that guessing neither fills the sums
        // nor tells anything.
        let product_id = if problem.status() == 404 || arrival.shown.get().is_none() { "unknown".to_owned() } else { call.product_id };
        let call =
            Call { product_id, status: problem.status().as_u16(), outcome: Outcome::Refused, latency: arrival.started.elapsed(), ..call };
        self.meter.note(Box::new(call));
    }
}
