//! `GET /metrics`: what the gateway does, for Prometheus.
//!
//! Calls are counted by the meter's writer, a batch at a time: no call touches a counter that another core writes to.

use crate::connections;
use crate::gateway::Gateway;
use crate::problem::{FORBIDDEN, INTERNAL, Problem};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use domain::usage::{Call, Outcome};
use foldhash::fast::RandomState;
use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use subtle::ConstantTimeEq;

/// Products that have a label of their own; those beyond share `other`. Each costs some forty time series.
const PRODUCTS: usize = 1_000;
/// Upper ends of the latency buckets, in seconds.
const LATENCY: [f64; 15] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];
/// Upper ends of the buckets for one write of the meter, in seconds.
const WRITES: [f64; 10] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 2.5, 10.0];

/// What a proxy in front says about the caller: who sends one of these did not ask from this machine.
const FORWARDED: [HeaderName; 4] =
    [header::FORWARDED, header::VIA, HeaderName::from_static("x-forwarded-for"), HeaderName::from_static("x-real-ip")];

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct CallLabels {
    product: String,
    environment: &'static str,
    outcome: &'static str,
    /// `2xx`, `3xx`, `4xx` or `5xx`.
    status: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct ProductLabels {
    product: String,
    environment: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct ReasonLabels {
    reason: &'static str,
}

/// Why a call was turned away that stands in no key's usage.
#[derive(Clone, Copy)]
pub enum TurnedAway {
    /// Nobody knows the key, or there was none.
    Stranger,
    /// Nobody could say whether the call may pass: the database is away, and what it knows was not asked for lately.
    Unanswered,
    /// The meter is too far behind to take another call, or to note a refusal.
    Overload,
    /// The key was refused so often in this second that no more of it is recorded.
    Refused,
}

/// The numbers of one process. Cheap to clone.
#[derive(Clone, Default)]
pub struct Metrics(Arc<Numbers>);

struct Numbers {
    calls: Family<CallLabels, Counter>,
    latency: Family<ProductLabels, Histogram>,
    turned_away: Family<ReasonLabels, Counter>,
    writes: Histogram,
    write_failures: Counter,
    queued: Gauge,
    spooled: Gauge,
    waiting: Gauge,
    drift: Gauge,
    redis_down: Gauge,
    redis_outages: Gauge,
    products: Mutex<HashSet<String>>,
    registry: Mutex<Registry>,
}

impl Default for Numbers {
    fn default() -> Self {
        let mut numbers = Self {
            calls: Family::default(),
            latency: Family::new_with_constructor(|| Histogram::new(LATENCY)),
            turned_away: Family::default(),
            writes: Histogram::new(WRITES),
            write_failures: Counter::default(),
            queued: Gauge::default(),
            spooled: Gauge::default(),
            waiting: Gauge::default(),
            drift: Gauge::default(),
            redis_down: Gauge::default(),
            redis_outages: Gauge::default(),
            products: Mutex::default(),
            registry: Mutex::default(),
        };
        numbers.registry = Mutex::new(numbers.register());
        numbers
    }
}

impl Numbers {
    fn register(&self) -> Registry {
        let mut all = Registry::with_prefix("portico");
        all.register("build", "The version that runs", Info::new([("version", env!("CARGO_PKG_VERSION"))]));
        all.register("calls", "Calls that the meter has taken, by what became of them", self.calls.clone());
        all.register_with_unit(
            "call_latency",
            "From a call's arrival to the head of its answer, without what was refused",
            Unit::Seconds,
            self.latency.clone(),
        );
        all.register("turned_away", "Calls that stand in no usage", self.turned_away.clone());
        all.register_with_unit("meter_write", "One batch of calls, until it is on disk", Unit::Seconds, self.writes.clone());
        all.register("meter_write_failures", "Writes of a batch that had to be tried again", self.write_failures.clone());
        all.register("meter_queue_depth", "Calls under way and calls that wait to be written", self.queued.clone());
        all.register("meter_spool_depth", "Calls that wait in the local spool until Redis is back", self.spooled.clone());
        all.register_with_unit(
            "meter_waiting",
            "Calls that are on this machine's disk and not known to be in the database yet",
            Unit::Bytes,
            self.waiting.clone(),
        );
        all.register("meter_drift", "Calls by which Redis and the database differ; zero is expected", self.drift.clone());
        all.register("redis_down", "1 while Redis is set and does not answer, or is full", self.redis_down.clone());
        all.register("redis_outages", "How often Redis went away since the start", self.redis_outages.clone());
        all
    }
}

impl Metrics {
    /// Counts a batch that the meter's writer took from its queue.
    pub fn metered(&self, calls: &[Call]) {
        let mut products = self.0.products.lock().unwrap_or_else(PoisonError::into_inner);
        let mut alike: HashMap<_, Vec<&Call>, RandomState> = HashMap::default();
        for call in calls {
            alike.entry((&call.product_id, call.environment, call.outcome, class(call.status))).or_default().push(call);
        }
        for ((product, environment, outcome, status), calls) in alike {
            let (product, environment) = (label(&mut products, product), environment.as_str());
            if outcome != Outcome::Refused {
                let latency = self.0.latency.get_or_create_owned(&ProductLabels { product: product.clone(), environment });
                calls.iter().for_each(|call| latency.observe(call.latency.as_secs_f64()));
            }
            let labels = CallLabels { product, environment, outcome: outcome.as_str(), status };
            self.0.calls.get_or_create(&labels).inc_by(calls.len() as u64);
        }
    }

    /// Notes how long a batch took to write.
    pub fn written(&self, took: Duration) {
        self.0.writes.observe(took.as_secs_f64());
    }

    /// Notes that a batch could not be written and is tried again.
    pub fn write_failed(&self) {
        self.0.write_failures.inc();
    }

    /// Counts a call that leaves no trace in the meter.
    pub fn turned_away(&self, why: TurnedAway) {
        let reason = match why {
            TurnedAway::Stranger => "unknown_key",
            TurnedAway::Unanswered => "unanswered",
            TurnedAway::Overload => "overload",
            TurnedAway::Refused => "refused",
        };
        self.0.turned_away.get_or_create(&ReasonLabels { reason }).inc();
    }

    /// Sets what is looked up when somebody asks, and not counted: the queue, and the node's part in a fleet where it has one.
    async fn look(&self, gateway: &Gateway) {
        let level = |level: u64| i64::try_from(level).unwrap_or(i64::MAX);
        self.0.queued.set(level(gateway.meter.waiting() as u64));
        match gateway.known.store.spooled_bytes().await {
            Ok(bytes) => drop(self.0.waiting.set(level(bytes))),
            Err(error) => tracing::warn!(%error, "the calls that wait on disk could not be looked at"),
        }
        let Some(fleet) = gateway.known.store.fleet() else { return };
        self.0.spooled.set(fleet.spooled_calls());
        self.0.drift.set(fleet.drift());
        self.0.redis_down.set(i64::from(!fleet.is_connected()));
        self.0.redis_outages.set(level(fleet.outages()));
    }

    /// Everything as text.
    fn text(&self) -> Result<String, std::fmt::Error> {
        let mut lines = String::new();
        text::encode(&mut lines, &self.0.registry.lock().unwrap_or_else(PoisonError::into_inner))?;
        Ok(lines)
    }
}

fn label(products: &mut HashSet<String>, product: &str) -> String {
    if products.contains(product) {
        return product.to_owned();
    }
    if products.len() >= PRODUCTS {
        return "other".to_owned();
    }
    products.insert(product.to_owned());
    product.to_owned()
}

fn class(status: u16) -> &'static str {
    match status {
        0..300 => "2xx",
        300..400 => "3xx",
        400..500 => "4xx",
        _ => "5xx",
    }
}

/// What the endpoint needs.
#[derive(Clone)]
pub struct Page {
    pub gateway: Gateway,
    /// Who sends it may read from anywhere; everybody else has to ask from this machine.
    pub token: Option<Arc<str>>,
}

/// Answers in the format of Prometheus, which is also that of `OpenMetrics`.
///
/// # Errors
/// 403 for who asks from elsewhere without the token.
pub async fn show(State(page): State<Page>, request: Request) -> Result<Response, Problem> {
    const OPEN: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    const PLAIN: &str = "text/plain; version=0.0.4; charset=utf-8";
    if !may_read(page.token.as_deref(), &request) {
        let detail = "Metrics are for this machine. From elsewhere send the setting metrics_token (PORTICO_METRICS_TOKEN) as `Authorization: Bearer …`.";
        return Err(Problem::new(&FORBIDDEN, detail));
    }
    let metrics = page.gateway.meter.metrics();
    metrics.look(&page.gateway).await;
    let lines = metrics.text().map_err(|_| Problem::new(&INTERNAL, "The metrics could not be written."))?;
    let asks_open =
        request.headers().get(header::ACCEPT).and_then(|value| value.to_str().ok()).is_some_and(|text| text.contains("openmetrics"));
    // The older format knows no `info`, and its readers refuse the whole page for it.
    let lines = if asks_open { lines } else { lines.replace("# TYPE portico_build info", "# TYPE portico_build gauge") };
    let kind = HeaderValue::from_static(if asks_open { OPEN } else { PLAIN });
    Ok(([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, HeaderValue::from_static("no-store"))], lines).into_response())
}

fn may_read(token: Option<&str>, request: &Request) -> bool {
    if token.is_some_and(|token| sent(request.headers()).is_some_and(|sent| sent.as_bytes().ct_eq(token.as_bytes()).into())) {
        return true;
    }
    let peer = connections::visitor(request.extensions());
    peer.is_some_and(|address| address.to_canonical().is_loopback()) && FORWARDED.iter().all(|name| !request.headers().contains_key(name))
}

fn sent(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_beyond_the_limit_share_a_label() {
        let mut products = (0..PRODUCTS - 1).map(|n| n.to_string()).collect();
        assert_eq!(
            [label(&mut products, "rates"), label(&mut products, "labels"), label(&mut products, "rates")],
            ["rates", "other", "rates"]
        );
        assert_eq!(products.len(), PRODUCTS);
    }

    #[test]
    fn a_status_has_a_class() {
        assert_eq!([200, 204, 302, 404, 499, 500, 503].map(class), ["2xx", "2xx", "3xx", "4xx", "4xx", "5xx", "5xx"]);
    }
}
