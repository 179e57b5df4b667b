//! W3C Trace Context: a call goes on under the trace it came with, or begins one.

use axum::http::{HeaderMap, HeaderName, HeaderValue, Request};
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::TraceContextExt;
use opentelemetry_http::{HeaderExtractor, HeaderInjector};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use tracing::Span;
use tracing::field::{Empty, display};
use tracing_opentelemetry::OpenTelemetrySpanExt;
use uuid::Uuid;

const PARENT: HeaderName = HeaderName::from_static("traceparent");
const STATE: HeaderName = HeaderName::from_static("tracestate");

/// The span that everything logged for a request stands in: its id, and the call's own id at the gateway.
pub fn span<B>(request: &Request<B>, id: Uuid) -> Span {
    let (method, path) = (request.method(), request.uri().path());
    let span = tracing::info_span!("request", %id, call = Empty, %method, path, otel.kind = Empty);
    if crate::telemetry::exports() {
        span.record("otel.kind", "server");
        let parent = TraceContextPropagator::new().extract(&HeaderExtractor(request.headers()));
        // Nothing is lost where the span is not exported.
        let _ = span.set_parent(parent);
    }
    span
}

/// The span of a call at the gateway, under the call's id: for whoever collects spans, or asks for lines of that level. It would cost every
/// call a twentieth of its time, so what is logged of a call names it by itself.
pub fn of_call<B>(request: &Request<B>, call: Uuid) -> Span {
    if crate::telemetry::exports() {
        let span = span(request, call);
        span.record("call", display(call));
        return span;
    }
    tracing::debug_span!("call", call = %call, method = %request.method(), path = request.uri().path())
}

/// Notes how a request ended, for those who collect spans.
pub fn answered(span: &Span, status: u16) {
    if crate::telemetry::exports() {
        span.set_attribute("http.response.status_code", i64::from(status));
    }
}

/// Names a call in the span that it came in.
pub fn name_call(id: Uuid) {
    Span::current().record("call", display(id));
}

/// What an upstream gets: our span where spans are exported, else what the caller sent, else a trace named like the call.
pub fn pass_on(headers: &mut HeaderMap, call: Uuid) {
    let propagator = TraceContextPropagator::new();
    let ours = crate::telemetry::exports().then(|| Span::current().context());
    if let Some(ours) = ours.filter(|ours| ours.span().span_context().is_valid()) {
        propagator.inject_context(&ours, &mut HeaderInjector(headers));
    } else if !headers.contains_key(PARENT) || !propagator.extract(&HeaderExtractor(headers)).span().span_context().is_valid() {
        headers.remove(STATE);
        headers.insert(PARENT, begun(call));
    }
}

/// A trace that begins here and that nobody has recorded yet: flags 00. Its one span has the second half of the call's id.
fn begun(call: Uuid) -> HeaderValue {
    // The variant's bits keep that half from being zero, which would be no id.
    let mut text = *b"00-................................-................-00";
    call.as_simple().encode_lower(&mut text[3..35]);
    text.copy_within(19..35, 36);
    HeaderValue::from_bytes(&text).unwrap_or_else(|_| HeaderValue::from_static(""))
}

#[cfg(test)]
mod tests {
    use super::*;

    const THEIRS: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    fn passed(sent: &[(HeaderName, &'static str)]) -> HeaderMap {
        let mut headers: HeaderMap = sent.iter().map(|(name, value)| (name.clone(), HeaderValue::from_static(value))).collect();
        pass_on(&mut headers, Uuid::from_u128(7));
        headers
    }

    #[test]
    fn a_trace_that_came_along_goes_on_unchanged() {
        let headers = passed(&[(PARENT, THEIRS), (STATE, "a=1")]);
        assert_eq!((&headers[PARENT], &headers[STATE]), (&HeaderValue::from_static(THEIRS), &HeaderValue::from_static("a=1")));
    }

    #[test]
    fn what_is_no_trace_is_replaced_by_one() {
        for sent in
            ["", "00", "00-00000000000000000000000000000000-00f067aa0ba902b7-01", "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01"]
        {
            let headers = passed(&[(PARENT, sent), (STATE, "a=1")]);
            let made = headers[PARENT].to_str().unwrap();
            assert_eq!(made, "00-00000000000000000000000000000007-0000000000000007-00");
            assert!(!headers.contains_key(STATE), "a state belongs to its parent");
        }
    }
}
