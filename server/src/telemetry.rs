//! Logs: for people by default, as JSON for machines. Traces: to a collector where `OTEL_EXPORTER_OTLP_ENDPOINT` names one.

use crate::config::LogFormat;
use crate::gateway::proxy::Client;
use crate::sandbox::guard::Resolver;
use axum::body::Body;
use opentelemetry::trace::TracerProvider;
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{SpanExporter, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SdkTracerProvider;
use std::io::IsTerminal;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::runtime::Handle;
use tracing::Subscriber;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer};

/// Either of these names a collector (OpenTelemetry's own variables; the exporter reads them, and the others, itself).
const COLLECTORS: [&str; 2] = ["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"];
/// How long the collector may take for one batch of spans.
const PATIENCE: Duration = Duration::from_secs(10);
/// The largest answer of a collector that is read, in bytes.
const ANSWER: usize = 1 << 20;

/// Whether spans leave this process.
static EXPORTS: AtomicBool = AtomicBool::new(false);

/// What was started; spans that wait are sent when it is finished.
pub struct Telemetry {
    spans: Option<SdkTracerProvider>,
}

/// Starts logging and, where a collector is named, tracing; a second start in one process changes nothing.
///
/// # Errors
/// One sentence where the filter or the collector's address cannot be read.
pub fn start(filter: &str, format: LogFormat) -> Result<Telemetry, String> {
    let filter = EnvFilter::try_new(filter).map_err(|error| format!("The setting log is `{filter}`, which is no filter: {error}."))?;
    let spans = collector()?;
    let no_colour = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let is_coloured = std::io::stderr().is_terminal() && !no_colour;
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_ansi(is_coloured);
    let lines = match format {
        LogFormat::Text => lines.compact().boxed(),
        LogFormat::Json => lines.json().flatten_event(true).with_span_list(false).boxed(),
    };
    let started = tracing_subscriber::registry().with(lines.and_then(spans.as_ref().map(exporting)).with_filter(filter)).try_init();
    EXPORTS.store(spans.is_some() && started.is_ok(), Ordering::Relaxed);
    Ok(Telemetry { spans })
}

/// Whether spans leave this process.
pub fn exports() -> bool {
    EXPORTS.load(Ordering::Relaxed)
}

impl Telemetry {
    /// Sends the spans that wait.
    pub async fn finish(self) {
        let Some(spans) = self.spans else { return };
        // It waits for its thread, which waits for this runtime.
        let done = tokio::task::spawn_blocking(move || spans.shutdown_with_timeout(PATIENCE)).await;
        if let Ok(Err(error)) = done {
            tracing::warn!(%error, "the last spans did not reach the collector");
        }
    }
}

/// Spans of our own requests only: those of the client that sends them would be sent for ever.
fn exporting<S>(spans: &SdkTracerProvider) -> impl Layer<S> + use<S>
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    let ours = filter_fn(|about| about.is_span() && about.target().starts_with("server"));
    tracing_opentelemetry::layer().with_tracer(spans.tracer("portico")).with_location(false).with_threads(false).with_filter(ours)
}

/// The way to the collector, or nothing where none is named.
fn collector() -> Result<Option<SdkTracerProvider>, String> {
    if !COLLECTORS.iter().any(|name| std::env::var(name).is_ok_and(|value| !value.is_empty())) {
        return Ok(None);
    }
    let client = Client::new(Resolver::open()).map_err(|error| format!("The system's certificates cannot be read: {error}."))?;
    let sender = Sender { client, runtime: Handle::current() };
    let exporter = SpanExporter::builder().with_http().with_http_client(sender).build();
    let exporter = exporter.map_err(|error| format!("The collector that {} names cannot be used: {error}.", COLLECTORS[0]))?;
    let mut about = Resource::builder();
    if std::env::var_os("OTEL_SERVICE_NAME").is_none() {
        about = about.with_service_name("portico");
    }
    Ok(Some(SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(about.build()).build()))
}

/// Sends batches from the exporter's thread on the server's runtime, with the client that upstreams are called with.
struct Sender {
    client: Client,
    runtime: Handle,
}

impl std::fmt::Debug for Sender {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sender")
    }
}

#[async_trait::async_trait]
impl HttpClient for Sender {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let client = self.client.clone();
        let sent = self.runtime.spawn(async move {
            let (parts, body) = client.fetch(request.map(Body::from)).await?.into_parts();
            let body = axum::body::to_bytes(body, ANSWER).await?;
            Ok::<_, HttpError>(Response::from_parts(parts, body))
        });
        match sent.await {
            Ok(answer) => answer,
            Err(error) => Err(error.into()),
        }
    }
}
