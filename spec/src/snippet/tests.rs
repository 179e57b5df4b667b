//! The samples as readers see them, and what a shell makes of the first of them.

use super::{HttpRequest, Language, render};
use proptest::prelude::*;
use std::process::Command;

fn create() -> HttpRequest {
    HttpRequest {
        method: "POST".to_owned(),
        url: "https://api.parcelry.example/shipments?notify=true".to_owned(),
        headers: vec![
            ("Authorization".to_owned(), "Bearer sk_test_8f2a91c4_…".to_owned()),
            ("Content-Type".to_owned(), "application/json".to_owned()),
        ],
        body: Some(
            "{\n  \"reference\": \"It's \\\"fragile\\\"\",\n  \"insured\": true,\n  \"note\": null,\n  \"weights\": [1.5, 2]\n}".to_owned(),
        ),
    }
}

fn read() -> HttpRequest {
    HttpRequest { method: "GET".to_owned(), url: "https://api.parcelry.example/shipments/1Z9".to_owned(), headers: Vec::new(), body: None }
}

#[test]
fn samples() {
    for language in Language::ALL {
        insta::assert_snapshot!(format!("create_{}", language.id()), render(&create(), language));
        insta::assert_snapshot!(format!("read_{}", language.id()), render(&read(), language));
    }
}

#[test]
fn rare_methods_and_awkward_bodies() {
    let delete = HttpRequest { method: "DELETE".to_owned(), ..read() };
    assert!(render(&delete, Language::Curl).starts_with("curl -X DELETE "));
    let trace = HttpRequest { method: "TRACE".to_owned(), ..read() };
    assert!(render(&trace, Language::Python).contains("requests.request(\n    \"TRACE\","));
    assert!(render(&trace, Language::Rust).contains("reqwest::Method::TRACE"));
    let ticks = HttpRequest { body: Some("a `b` \"# c".to_owned()), ..create() };
    assert!(render(&ticks, Language::Go).contains(r##"strings.NewReader("a `b` \"# c")"##));
    assert!(render(&ticks, Language::Rust).contains(r####"r##"a `b` "# c"##"####));
    let proto = HttpRequest { body: Some(r#"{"__proto__": 1}"#.to_owned()), ..create() };
    assert!(render(&proto, Language::JavaScript).contains(r#"body: "{\"__proto__\": 1}""#));
    let open = HttpRequest { url: "https://a.example/{id}".to_owned(), ..read() };
    assert!(render(&open, Language::Curl).contains("--globoff"));
}

/// What the command gives to curl, told by a shell in which curl prints its arguments.
fn arguments(command: &str) -> Vec<String> {
    let script = format!("curl() {{ printf '%s\\0' \"$@\"; }}\n{command}");
    let output = Command::new("sh").arg("-c").arg(script).output().unwrap();
    assert!(output.status.success(), "{command}");
    let text = String::from_utf8(output.stdout).unwrap();
    text.split_terminator('\0').map(str::to_owned).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn a_shell_gives_curl_what_was_meant(value in "[^\0\r\n]{0,30}", body in "[^\0]{1,60}", url in "https://a/[ -~é]{0,30}") {
        let request = HttpRequest {
            method: "PATCH".to_owned(),
            url: url.clone(),
            headers: vec![("X-Note".to_owned(), value.clone())],
            body: Some(body.clone()),
        };
        let given = arguments(&render(&request, Language::Curl));
        let header = if value.is_empty() { "X-Note;".to_owned() } else { format!("X-Note: {value}") };
        let tail = [url, "-H".to_owned(), header, "--data-raw".to_owned(), body];
        prop_assert!(given.ends_with(&tail), "{given:?}");
        prop_assert_eq!(&given[..2], ["-X", "PATCH"]);
    }
}
