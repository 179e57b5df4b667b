//! A program with Go's own `net/http`.

use super::{HttpRequest, quoted};

pub(super) fn render(request: &HttpRequest) -> String {
    let strings = if request.body.is_some() { "\n\t\"strings\"" } else { "" };
    let body = match &request.body {
        Some(body) => format!("\tbody := strings.NewReader({})\n", text(body)),
        None => String::new(),
    };
    let reader = if request.body.is_some() { "body" } else { "nil" };
    let (method, url) = (quoted(&request.method), quoted(&request.url));
    let header = |(name, value): &(String, String)| format!("\trequest.Header.Set({}, {})\n", quoted(name), quoted(value));
    let headers: String = request.headers.iter().map(header).collect();
    format!(
        "package main\n\nimport (\n\t\"fmt\"\n\t\"io\"\n\t\"log\"\n\t\"net/http\"{strings}\n)\n\nfunc main() {{\n{body}\
         \trequest, err := http.NewRequest({method}, {url}, {reader})\n{CHECK}{headers}\n\
         \tresponse, err := http.DefaultClient.Do(request)\n{CHECK}\tdefer response.Body.Close()\n\n\
         \ttext, err := io.ReadAll(response.Body)\n{CHECK}\tfmt.Println(response.StatusCode, string(text))\n}}\n"
    )
}

const CHECK: &str = "\tif err != nil {\n\t\tlog.Fatal(err)\n\t}\n";

/// A raw literal where one can hold the text: bodies read better over several lines.
fn text(body: &str) -> String {
    if body.contains(['`', '\r', '\u{feff}']) { quoted(body) } else { format!("`{body}`") }
}
