//! `fetch`, as browsers and Node have it.

use super::{HttpRequest, indented, json_body, quoted};
use serde_json::Value;

pub(super) fn render(request: &HttpRequest) -> String {
    let mut options = String::new();
    if request.method != "GET" {
        options.push_str(&format!("  method: {},\n", quoted(&request.method)));
    }
    if !request.headers.is_empty() {
        let line = |(name, value): &(String, String)| format!("    {}: {},\n", quoted(name), quoted(value));
        let lines: String = request.headers.iter().map(line).collect();
        options.push_str(&format!("  headers: {{\n{lines}  }},\n"));
    }
    if let Some(body) = &request.body {
        options.push_str(&format!("  body: {},\n", body_expression(request, body)));
    }
    let call = match options.as_str() {
        "" => format!("fetch({})", quoted(&request.url)),
        options => format!("fetch({}, {{\n{options}}})", quoted(&request.url)),
    };
    format!("const response = await {call};\n\nconsole.log(response.status, await response.text());\n")
}

fn body_expression(request: &HttpRequest, body: &str) -> String {
    match json_body(request).filter(|value| !sets_prototype(value)) {
        Some(value) => format!("JSON.stringify({})", indented(&serde_json::to_string_pretty(&value).unwrap_or_default(), "  ")),
        None => quoted(body),
    }
}

/// In an object literal the key `__proto__` is no property.
fn sets_prototype(value: &Value) -> bool {
    match value {
        Value::Object(map) => map.iter().any(|(key, value)| key == "__proto__" || sets_prototype(value)),
        Value::Array(list) => list.iter().any(sets_prototype),
        _ => false,
    }
}
