//! The `requests` library.

use super::{HttpRequest, json_body, quoted};
use serde_json::Value;

pub(super) fn render(request: &HttpRequest) -> String {
    let mut arguments = format!("    {},\n", quoted(&request.url));
    let call = match request.method.as_str() {
        "GET" | "POST" | "PUT" | "PATCH" | "DELETE" | "HEAD" | "OPTIONS" => request.method.to_lowercase(),
        other => {
            arguments = format!("    {},\n{arguments}", quoted(other));
            "request".to_owned()
        }
    };
    if !request.headers.is_empty() {
        let line = |(name, value): &(String, String)| format!("        {}: {},\n", quoted(name), quoted(value));
        let lines: String = request.headers.iter().map(line).collect();
        arguments.push_str(&format!("    headers={{\n{lines}    }},\n"));
    }
    if let Some(body) = &request.body {
        arguments.push_str(&body_argument(request, body));
    }
    format!("import requests\n\nresponse = requests.{call}(\n{arguments})\n\nprint(response.status_code, response.text)\n")
}

fn body_argument(request: &HttpRequest, body: &str) -> String {
    match json_body(request) {
        Some(value) => format!("    json={},\n", literal(&value, 1)),
        None => format!("    data={}.encode(),\n", quoted(body)),
    }
}

fn literal(value: &Value, depth: usize) -> String {
    let inner = "    ".repeat(depth + 1);
    let outer = "    ".repeat(depth);
    match value {
        Value::Null => "None".to_owned(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::Array(list) if !list.is_empty() => {
            let lines: String = list.iter().map(|item| format!("{inner}{},\n", literal(item, depth + 1))).collect();
            format!("[\n{lines}{outer}]")
        }
        Value::Object(map) if !map.is_empty() => {
            let line = |(key, item): (&String, &Value)| format!("{inner}{}: {},\n", quoted(key), literal(item, depth + 1));
            let lines: String = map.iter().map(line).collect();
            format!("{{\n{lines}{outer}}}")
        }
        other => other.to_string(),
    }
}
