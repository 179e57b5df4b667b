//! A command for a POSIX shell.

use super::HttpRequest;

pub(super) fn render(request: &HttpRequest) -> String {
    let mut command = String::from("curl");
    match (request.method.as_str(), request.body.is_some()) {
        ("GET", false) | ("POST", true) => {}
        ("HEAD", _) => command.push_str(" --head"),
        (method, _) => command.push_str(&format!(" -X {}", word(method))),
    }
    // curl reads brackets and braces in an address as a pattern of several.
    if request.url.contains(['{', '}', '[', ']']) {
        command.push_str(" --globoff");
    }
    command.push_str(&format!(" {}", word(&request.url)));
    for (name, value) in &request.headers {
        // A header without a value needs a semicolon, or curl leaves it out.
        let header = if value.is_empty() { format!("{name};") } else { format!("{name}: {value}") };
        command.push_str(&format!(" \\\n  -H {}", word(&header)));
    }
    if let Some(body) = &request.body {
        command.push_str(&format!(" \\\n  --data-raw {}", word(body)));
    }
    command
}

/// Double quotes where nothing in the text means anything to the shell, else single ones.
fn word(text: &str) -> String {
    let plain = !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "-._/".contains(c));
    if plain {
        text.to_owned()
    } else if text.contains(['$', '`', '\\', '"', '!', '\n']) {
        format!("'{}'", text.replace('\'', r"'\''"))
    } else {
        format!("\"{text}\"")
    }
}
