//! The one request that the console makes: `POST /v1/sandbox/try`.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use spec::request::HttpRequest;
use std::collections::BTreeMap;

/// What the portal is asked to send to the sandbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TryRequest {
    api_product_id: String,
    method: String,
    path: String,
    headers: BTreeMap<String, String>,
    /// JSON where the text is JSON, else the text itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<Value>,
    api_key: String,
}

impl TryRequest {
    /// The request of the form. Its `Authorization` stays away: it shows a part of the key, and the portal adds the whole.
    pub fn new(product: &str, path: &str, request: &HttpRequest, api_key: String) -> Self {
        let headers = request.headers.iter().filter(|(name, _)| !name.eq_ignore_ascii_case("authorization"));
        Self {
            api_product_id: product.to_owned(),
            method: request.method.clone(),
            path: path.to_owned(),
            headers: headers.cloned().collect(),
            body: request.body.as_ref().map(|text| serde_json::from_str(text).unwrap_or_else(|_| Value::from(text.as_str()))),
            api_key,
        }
    }
}

/// What the sandbox answered.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Value,
    /// From the portal to the sandbox and back, in milliseconds.
    pub latency_ms: f64,
    /// From this browser to the portal and back, in milliseconds.
    pub total_ms: f64,
}

impl Answer {
    /// The value of a header, whatever its letters.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The body as text: JSON in lines, anything else as it came.
    pub fn text(&self) -> String {
        match &self.body {
            Value::Null => String::new(),
            Value::String(text) => text.clone(),
            other => serde_json::to_string_pretty(other).unwrap_or_default(),
        }
    }
}

/// What became of a call.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// The console knows no secret to send.
    NoKey,
    Answered(Answer),
    /// The portal did not pass the call on: its status, and what it said.
    Refused {
        status: u16,
        detail: String,
    },
    /// The sandbox did not answer.
    SandboxAway {
        detail: String,
        latency_ms: f64,
    },
    /// The portal did not answer.
    PortalAway,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Reply {
    status_code: u16,
    #[serde(default)]
    headers: BTreeMap<String, Value>,
    #[serde(default)]
    body: Value,
    #[serde(default)]
    latency_ms: f64,
    #[serde(default)]
    error: String,
}

#[derive(Deserialize, Default)]
struct Refusal {
    #[serde(default)]
    title: String,
    #[serde(default)]
    detail: String,
}

/// Sends it and waits.
pub async fn send(attempt: &TryRequest) -> Outcome {
    let clock = || leptos::prelude::window().performance().map_or(0.0, |performance| performance.now());
    let started = clock();
    let Ok(request) = gloo_net::http::Request::post("/v1/sandbox/try").json(attempt) else { return Outcome::PortalAway };
    let Ok(response) = request.send().await else { return Outcome::PortalAway };
    match response.text().await {
        Ok(text) => read(response.status(), &text, clock() - started),
        Err(_) => Outcome::PortalAway,
    }
}

/// Reads the portal's reply.
fn read(status: u16, text: &str, total_ms: f64) -> Outcome {
    match serde_json::from_str::<Reply>(text) {
        Ok(reply) if reply.status_code == 0 => Outcome::SandboxAway { detail: reply.error, latency_ms: reply.latency_ms },
        Ok(reply) => Outcome::Answered(Answer {
            status: reply.status_code,
            headers: reply.headers.into_iter().map(|(name, value)| (name, words(value))).collect(),
            body: reply.body,
            latency_ms: reply.latency_ms,
            total_ms,
        }),
        Err(_) => {
            let said: Refusal = serde_json::from_str(text).unwrap_or_default();
            let detail = if said.detail.is_empty() { said.title } else { said.detail };
            Outcome::Refused { status, detail }
        }
    }
}

/// A header's value; several of one name are a list.
fn words(value: Value) -> String {
    match value {
        Value::String(text) => text,
        Value::Array(list) => list.into_iter().map(words).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_shown_key_is_not_sent() {
        let request = HttpRequest {
            method: "POST".to_owned(),
            url: "http://x/sandbox/rates/quotes".to_owned(),
            headers: vec![("authorization".to_owned(), "Bearer sk_test_1_…".to_owned()), ("X-Trace".to_owned(), "1".to_owned())],
            body: Some("{\"a\":1}".to_owned()),
        };
        let sent = serde_json::to_value(TryRequest::new("rates", "/quotes", &request, "sk_test_1_secret".to_owned())).unwrap();
        let expected = json!({
            "apiProductId": "rates", "method": "POST", "path": "/quotes", "headers": { "X-Trace": "1" }, "body": { "a": 1 },
            "apiKey": "sk_test_1_secret"
        });
        assert_eq!(sent, expected);
    }

    #[test]
    fn replies_are_told_apart() {
        let answered = read(200, r#"{"statusCode":404,"headers":{"X-A":["1","2"]},"body":{"x":1},"latencyMs":3}"#, 9.0);
        let Outcome::Answered(answer) = answered else { panic!("{answered:?}") };
        assert_eq!((answer.status, answer.header("x-a"), answer.latency_ms), (404, Some("1, 2"), 3.0));
        let away = read(502, r#"{"statusCode":0,"error":"no route","latencyMs":12}"#, 13.0);
        assert_eq!(away, Outcome::SandboxAway { detail: "no route".to_owned(), latency_ms: 12.0 });
        let refused = read(403, r#"{"title":"Not covered","detail":"This key may not call Rates."}"#, 1.0);
        assert_eq!(refused, Outcome::Refused { status: 403, detail: "This key may not call Rates.".to_owned() });
        assert_eq!(read(500, "<html>", 1.0), Outcome::Refused { status: 500, detail: String::new() });
    }
}
