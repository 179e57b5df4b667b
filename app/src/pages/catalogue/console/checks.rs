//! Whether an answer is what the document promises.

use super::wire::Answer;
use serde_json::Value;
use spec::validate::{Purpose, check_for};
use spec::{Operation, Response, Schemas};

/// Problems of a body that are listed.
const LISTED: usize = 5;

/// One promise of the document, and whether the answer keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    pub kept: bool,
    /// What was looked at, in a sentence.
    pub said: String,
}

impl Check {
    fn new(kept: bool, said: impl Into<String>) -> Self {
        Self { kept, said: said.into() }
    }
}

/// Compares an answer with the document, in the order in which a reader would.
pub fn checks(operation: &Operation, schemas: &Schemas, answer: &Answer) -> Vec<Check> {
    let status = answer.status;
    let Some(response) = documented(operation, status) else {
        let known: Vec<&str> = operation.responses.iter().map(|r| r.status.as_str()).collect();
        return vec![Check::new(false, format!("Status {status} is not in the document; it names {}.", known.join(", ")))];
    };
    let mut all = vec![Check::new(true, format!("Status {status} is documented."))];
    all.extend(headers(response, answer));
    all.extend(content_type(response, answer));
    all.extend(body(response, schemas, answer));
    all
}

/// The answer of the document that describes a status: by number, by class, else the default.
fn documented(operation: &Operation, status: u16) -> Option<&Response> {
    let (exact, class) = (status.to_string(), format!("{}XX", status / 100));
    let find = |wanted: &str| operation.responses.iter().find(|r| r.status.eq_ignore_ascii_case(wanted));
    find(&exact).or_else(|| find(&class)).or_else(|| find("default"))
}

fn headers(response: &Response, answer: &Answer) -> Vec<Check> {
    let required = response.headers.iter().filter(|header| header.required);
    let check = |name: &str| match answer.header(name) {
        Some(_) => Check::new(true, format!("Header {name} is there.")),
        None => Check::new(false, format!("Header {name} is required and missing.")),
    };
    required.map(|header| check(&header.name)).collect()
}

fn content_type(response: &Response, answer: &Answer) -> Option<Check> {
    let named: Vec<&str> = response.media.iter().map(|media| media.content_type.as_str()).collect();
    match (named.is_empty(), answer.header("content-type")) {
        (true, _) => None,
        (false, None) => Some(Check::new(false, "The answer does not say its content type.")),
        (false, Some(given)) if named.iter().any(|name| covers(name, given)) => {
            Some(Check::new(true, format!("{} is documented.", essence(given))))
        }
        (false, Some(given)) => {
            Some(Check::new(false, format!("{} is not in the document; it names {}.", essence(given), named.join(", "))))
        }
    }
}

fn body(response: &Response, schemas: &Schemas, answer: &Answer) -> Vec<Check> {
    let given = answer.header("content-type").unwrap_or("application/json");
    let Some(media) = response.media.iter().find(|media| covers(&media.content_type, given) && media.is_json()) else { return Vec::new() };
    if answer.body == Value::Null {
        return vec![Check::new(false, "The answer has no body; the document promises one.")];
    }
    let problems = check_for(Purpose::Answer, &media.schema, schemas, &answer.body);
    if problems.is_empty() {
        return vec![Check::new(true, "The body fits its schema.")];
    }
    let place = |pointer: &str| if pointer.is_empty() { String::new() } else { format!(" (at {pointer})") };
    problems.iter().take(LISTED).map(|p| Check::new(false, format!("{}{}.", p.message, place(&p.pointer)))).collect()
}

fn essence(content_type: &str) -> &str {
    content_type.split(';').next().unwrap_or_default().trim()
}

/// Whether a documented content type, perhaps a range, covers a given one.
fn covers(named: &str, given: &str) -> bool {
    let (named, given) = (essence(named).to_ascii_lowercase(), essence(given).to_ascii_lowercase());
    named == given || named == "*/*" || named.strip_suffix("/*").is_some_and(|class| given.split('/').next() == Some(class))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use spec::{Header, Kind, Media, Method, Property, Schema};

    fn operation() -> Operation {
        let id = Property { name: "id".to_owned(), required: true, schema: Schema::of(Kind::String) };
        let schema = Schema::of(Kind::Object { properties: vec![id], additional: None });
        let json = Media { content_type: "application/json".to_owned(), schema, examples: Vec::new() };
        let age =
            Header { name: "Age".to_owned(), required: true, description: String::new(), schema: Schema::of(Kind::Integer), example: None };
        let response = |status: &str, headers: Vec<Header>, media: Vec<Media>| Response {
            status: status.to_owned(),
            description: String::new(),
            headers,
            media,
        };
        Operation {
            id: "track".to_owned(),
            method: Method::Get,
            path: "/x".to_owned(),
            summary: String::new(),
            description: String::new(),
            tag: String::new(),
            deprecated: false,
            parameters: Vec::new(),
            body: None,
            responses: vec![response("200", vec![age], vec![json.clone()]), response("4XX", Vec::new(), vec![json])],
            security: Vec::new(),
        }
    }

    fn answer(status: u16, headers: &[(&str, &str)], body: Value) -> Answer {
        let headers = headers.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        Answer { status, headers, body, latency_ms: 1.0, total_ms: 2.0 }
    }

    fn kept(answer: &Answer) -> Vec<bool> {
        checks(&operation(), &Schemas::new(), answer).into_iter().map(|check| check.kept).collect()
    }

    #[test]
    fn a_right_answer_keeps_every_promise() {
        let right = answer(200, &[("content-type", "application/json; charset=utf-8"), ("age", "4")], json!({ "id": "1" }));
        assert_eq!(kept(&right), [true; 4]);
    }

    #[test]
    fn each_broken_promise_is_named() {
        let wrong = answer(200, &[("content-type", "text/html")], json!("<html>"));
        assert_eq!(kept(&wrong), [true, false, false]);
        let misshapen = answer(404, &[("content-type", "application/json")], json!({ "id": 7 }));
        let said: Vec<String> = checks(&operation(), &Schemas::new(), &misshapen).into_iter().map(|check| check.said).collect();
        assert_eq!(said, ["Status 404 is documented.", "application/json is documented.", "id must be text (at /id)."]);
        assert_eq!(kept(&answer(500, &[], Value::Null)), [false]);
    }

    #[test]
    fn ranges_cover() {
        assert!(covers("image/*", "image/png") && covers("*/*", "a/b") && covers("text/csv", "text/csv; header=present"));
        assert!(!covers("image/*", "text/png"));
    }
}
