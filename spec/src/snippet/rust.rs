//! A program with `reqwest` and `tokio`.

use super::HttpRequest;

pub(super) fn render(request: &HttpRequest) -> String {
    let url = literal(&request.url);
    let call = match request.method.as_str() {
        "GET" | "POST" | "PUT" | "PATCH" | "DELETE" | "HEAD" => format!("{}({url})", request.method.to_lowercase()),
        other => format!("request(reqwest::Method::{other}, {url})"),
    };
    let header = |(name, value): &(String, String)| format!("        .header({}, {})\n", literal(name), literal(value));
    let headers: String = request.headers.iter().map(header).collect();
    let body = request.body.as_ref().map(|body| format!("        .body({})\n", raw(body))).unwrap_or_default();
    format!(
        "#[tokio::main]\nasync fn main() -> Result<(), reqwest::Error> {{\n    let response = reqwest::Client::new()\n        \
         .{call}\n{headers}{body}        .send()\n        .await?;\n\n    \
         println!(\"{{}} {{}}\", response.status(), response.text().await?);\n    Ok(())\n}}\n"
    )
}

fn literal(text: &str) -> String {
    format!("{text:?}")
}

/// A raw literal where one can hold the text, with as many hashes as it takes.
fn raw(text: &str) -> String {
    if text.contains('\r') || !text.contains(['"', '\\', '\n']) {
        return literal(text);
    }
    let hashes = (1..).map(|n| "#".repeat(n)).find(|h| !text.contains(&format!("\"{h}"))).unwrap_or_default();
    format!("r{hashes}\"{text}\"{hashes}")
}
