//! One call in full: what an application's own log is compared with, and what its answer meant.

use super::address::{alone, of_key};
use super::offered::Offered;
use crate::live::Line;
use crate::pages::dashboard::overview::unaddressed;
use crate::ui::{Copy, Moment, Pill, Tone, Verb, format};
use domain::key::Environment;
use domain::usage::{CLIENT_LEFT, Outcome, Source};
use leptos::prelude::*;
use spec::request::percent;
use std::collections::BTreeMap;
use uuid::Uuid;

/// What stands for the product in the log where the gateway knew of none that the caller may see.
const UNKNOWN: &str = "unknown";
/// The status of a WebSocket, and of each message that is counted.
const SWITCHED: u16 = 101;

/// Names for the ids in the log.
pub struct Named {
    products: BTreeMap<String, String>,
    keys: BTreeMap<Uuid, String>,
}

impl From<Offered> for Named {
    fn from(offered: Offered) -> Self {
        Self { products: offered.products, keys: offered.keys.into_iter().collect() }
    }
}

impl Named {
    /// The name of a product, or its id.
    pub fn product(&self, id: &str) -> String {
        self.products.get(id).cloned().unwrap_or_else(|| id.to_owned())
    }
}

/// Everything that the log has about a call.
#[component]
pub fn Details(line: Line, named: StoredValue<Named>) -> impl IntoView {
    let Line { id, at, key, status, .. } = line;
    let (product, key_name) = named.with_value(|named| (named.products.get(&line.product).cloned(), named.keys.get(&key).cloned()));
    let environment = if line.environment == Environment::Live { "Live" } else { "Test" };
    let (tone, counted, because) = outcome(&line);
    view! {
        <div class="request">
            <dl>
                <div class="long">
                    <dt>"Request id"</dt>
                    <dd><span class="row tight"><code>{id.to_string()}</code><Copy text=id.to_string() what="the request id" bare=true/></span><p>{about_id(&line)}</p></dd>
                </div>
                <div class="long"><dt>"Outcome"</dt><dd><Pill tone=tone>{counted}</Pill><p>{because}</p>{refused(&line)}</dd></div>
                <div class="long">
                    <dt>"Call"</dt>
                    <dd>{call(&line)}</dd>
                </div>
                <div><dt>"Time"</dt><dd class="num"><Moment at=at text=format::exact(at)/></dd></div>
                <div><dt>"Status"</dt><dd><Pill tone=Tone::of_status(status)>{status.to_string()}</Pill></dd></div>
                <div><dt>"Took"</dt><dd class="num">{line.took()}</dd></div>
                <div><dt>"Received and sent"</dt><dd class="num">{sizes(&line)}</dd></div>
                <div><dt>"API"</dt><dd>{api(&line, product.clone())}</dd></div>
                <div><dt>"Operation"</dt><dd>{operation(&line, product.is_some())}</dd></div>
                <div><dt>"Environment"</dt><dd>{environment}</dd></div>
                <div>
                    <dt>"Key"</dt>
                    <dd><a href="/dashboard/keys">{key_name.unwrap_or_else(|| key.to_string())}</a>", "<a href=of_key(key)>"its requests"</a></dd>
                </div>
            </dl>
            <p class="sm"><a href=alone(id)>"Link to this request"</a></p>
        </div>
    }
}

/// Its method and path in full, where it was reported with them.
fn call(line: &Line) -> AnyView {
    match unaddressed(line) {
        Some(name) => name.into_any(),
        None => view! { <Verb method=line.method.clone() whole=true/><span class="mono">{line.path.clone()}</span> }.into_any(),
    }
}

/// Its page, where the reader may see it.
fn api(line: &Line, name: Option<String>) -> AnyView {
    match name {
        Some(name) => view! { <a href=format!("/apis/{}", line.product)>{name}</a> }.into_any(),
        None => line.product.clone().into_any(),
    }
}

/// Its documentation, where the reader may see it.
fn operation(line: &Line, documented: bool) -> AnyView {
    if line.operation.is_empty() {
        return "None of the document".into_any();
    }
    let name = line.operation.clone();
    if documented {
        let href = format!("/apis/{}/docs/{}", line.product, percent(&name));
        view! { <a class="mono" href=href>{name}</a> }.into_any()
    } else {
        view! { <span class="mono">{name}</span> }.into_any()
    }
}

/// Who else knows the id.
fn about_id(line: &Line) -> &'static str {
    match (line.source, line.outcome) {
        (Source::Gateway, _) if line.status == SWITCHED => {
            "The answer to a WebSocket's handshake carries its id as X-Request-Id. Messages that are counted have ids of their own, which only the log knows."
        }
        (Source::Gateway, _) => "The answer carried it as X-Request-Id.",
        (Source::Console, Outcome::Refused) => {
            "The console's call. Only the log knows this id: what told the console of the refusal has another."
        }
        (Source::Console, _) => "The console's call. Its answer carried the id as X-Request-Id.",
        (Source::External, _) => {
            "Another gateway reported the call. Only the log knows this id: the caller's answer came from that gateway."
        }
        (Source::Import, _) => "The call was imported. Only the log knows this id.",
    }
}

/// Whether it counts, and why or why not. What a counted call costs is the plan's: nothing, where it includes it.
fn outcome(line: &Line) -> (Tone, &'static str, &'static str) {
    let is_reported = line.source == Source::External;
    match (line.outcome, line.environment) {
        (Outcome::Refused, _) if line.status == CLIENT_LEFT => (Tone::Warn, "Not billed", "The caller hung up before the answer came."),
        (Outcome::Refused, _) => (Tone::Warn, "Refused", "The gateway said no, so it is not billed."),
        (Outcome::Error, _) => (Tone::Bad, "Not billed", "The API's own server failed, broke off or could not be reached."),
        (Outcome::Success, Environment::Test) => (Tone::Good, "Not billed", "Test calls never are."),
        (Outcome::Success, Environment::Live) if is_reported => {
            (Tone::Good, "Counted", "It counts towards the plan, unless it was reported after the month's invoice.")
        }
        (Outcome::Success, Environment::Live) => (
            Tone::Good,
            "Counted",
            "Whatever the API answers below 500 counts towards the plan: as a call that it includes, or as one over.",
        ),
    }
}

/// What this gateway means by the status of a call that it refused, and the pages that say what to do.
fn refused(line: &Line) -> Option<AnyView> {
    let is_ours = line.outcome == Outcome::Refused && line.source != Source::External;
    let (means, pages) = refusal(line).filter(|_| is_ours)?;
    let links = pages.iter().map(|(kind, text)| view! { <li><a href=format!("/problems/{kind}")>{*text}</a></li> });
    let links = links.collect_view();
    Some(view! { <p>{format!("{means} What to do about:")}</p><ul class="row wrap">{links}</ul> }.into_any())
}

/// What it means, and the kinds of problems, each with what it is about.
type Refusal = (&'static str, &'static [(&'static str, &'static str)]);

fn refusal(line: &Line) -> Option<Refusal> {
    Some(match line.status {
        400 => ("400: the path has a segment of dots, which the gateway passes on to nobody.", &[("bad-request", "the request")]),
        401 => (
            "401: the key was revoked or has expired, or it is a test key at the gateway or a live key at the sandbox.",
            &[("invalid-key", "the key")],
        ),
        402 => (
            "402: the plan is not in force. A payment is missing, an admin has yet to agree, or it ended.",
            &[("payment-required", "the plan")],
        ),
        403 => (
            "403: one of four rules said no, and the answer's type named it.",
            &[
                ("scope", "the key's APIs"),
                ("address", "the key's addresses"),
                ("not-subscribed", "a missing plan"),
                ("suspended", "a suspended organisation"),
            ],
        ),
        404 if line.product == UNKNOWN => ("404: no API that you may see has this name.", &[("not-found", "the name")]),
        404 => ("404: the API has no document yet, so nothing answers there.", &[("not-found", "the missing document")]),
        408 => ("408: the body was not all there when its time was over.", &[("slow-body", "the body")]),
        413 => ("413: the body is larger than the API takes.", &[("too-large", "the body")]),
        429 => (
            "429: one of three limits was reached, and the answer's type named it.",
            &[("rate-limited", "the calls a second"), ("quota-exceeded", "the month's calls"), ("too-many-open", "the calls under way")],
        ),
        _ => return None,
    })
}

/// What came in and what went out. Of a call that was refused at the door nothing was read.
fn sizes(line: &Line) -> String {
    match (line.outcome, line.bytes_in, line.bytes_out) {
        (Outcome::Refused, 0, 0) => "not counted".to_owned(),
        (_, received, sent) => format!("{} and {}", format::bytes(received), format::bytes(sent)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::scene::answered;
    use super::*;

    fn line(status: u16, outcome: Outcome) -> Line {
        Line { status, outcome, ..answered() }
    }

    #[test]
    fn only_live_answers_below_500_count() {
        let counts = |line: &Line| outcome(line).1 == "Counted";
        assert!(counts(&line(200, Outcome::Success)) && counts(&line(404, Outcome::Success)));
        assert!(!counts(&line(502, Outcome::Error)) && !counts(&line(429, Outcome::Refused)));
        assert!(!counts(&Line { environment: Environment::Test, ..line(200, Outcome::Success) }));
        assert_eq!(outcome(&line(CLIENT_LEFT, Outcome::Refused)).1, "Not billed");
    }

    #[test]
    fn a_status_is_explained_only_where_the_gateway_itself_answered() {
        let means = |status| refusal(&line(status, Outcome::Refused));
        assert!([400, 401, 402, 403, 404, 408, 413, 429].into_iter().all(|status| means(status).is_some()));
        assert!(refused(&line(404, Outcome::Success)).is_none());
        assert!(refused(&line(CLIENT_LEFT, Outcome::Refused)).is_none());
        assert!(refused(&Line { source: Source::External, ..line(404, Outcome::Refused) }).is_none());
        assert_eq!(means(403).unwrap().1.len(), 4);
    }

    #[test]
    fn an_api_that_is_there_is_not_said_to_be_unknown() {
        let known = line(404, Outcome::Refused);
        assert!(refusal(&known).unwrap().0.contains("no document"));
        assert!(refusal(&Line { product: UNKNOWN.to_owned(), ..known }).unwrap().0.contains("no API that you may see"));
    }

    #[test]
    fn an_id_is_said_to_be_in_an_answer_only_where_it_was() {
        let says = |line: &Line| about_id(line).contains("carried");
        assert!(says(&line(200, Outcome::Success)) && says(&line(429, Outcome::Refused)));
        assert!(!says(&line(SWITCHED, Outcome::Success)));
        assert!(!says(&Line { source: Source::External, ..line(200, Outcome::Success) }));
        assert!(!says(&Line { source: Source::Console, ..line(429, Outcome::Refused) }));
    }

    #[test]
    fn a_call_without_an_address_has_a_name() {
        let reported = |operation: &str, path: &str| Line {
            source: Source::External,
            method: String::new(),
            path: path.to_owned(),
            operation: operation.to_owned(),
            ..answered()
        };
        assert_eq!(unaddressed(&reported("getQuote", "")).as_deref(), Some("getQuote"));
        assert_eq!(unaddressed(&reported("", "")).as_deref(), Some("Reported call"));
        assert_eq!((unaddressed(&reported("getQuote", "/quotes")), unaddressed(&answered())), (None, None));
    }

    #[test]
    fn what_was_not_read_has_no_size() {
        assert_eq!(sizes(&line(429, Outcome::Refused)), "not counted");
        assert_eq!(sizes(&Line { bytes_in: 12, bytes_out: 3_400, ..line(200, Outcome::Success) }), "12 B and 3.4 kB");
    }
}
