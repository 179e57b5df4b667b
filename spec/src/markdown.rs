//! Descriptions as HTML that is safe to put into a page.

use crate::model::Api;
use crate::schema::Schema;
use ammonia::{Builder, UrlRelative};
use comrak::Options;
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

/// Longer texts are shown as they are: no description is that long by accident.
const MAX_BYTES: usize = 256 << 10;
/// Quotes and lists within each other that one line may open: what opens more is shown as it is. Each further one costs its reader as much
/// as all those before it together.
const MAX_DEPTH: usize = 100;

/// Markdown (CommonMark with tables, strike-through and bare links) to sanitised HTML: no scripts, styles or event
/// handlers; links are `nofollow noopener`. They lead to absolute `http`, `https` or `mailto` addresses or to the portal's pages of an
/// API, `/apis/…`; what any other one is put around stays as text.
#[must_use]
pub fn html(markdown: &str) -> String {
    clean(&sanitiser(), markdown)
}

fn clean(sanitiser: &Builder<'_>, markdown: &str) -> String {
    without_dead_links(&sanitiser.clean(&raw_html(markdown)).to_string())
}

fn raw_html(markdown: &str) -> String {
    if markdown.len() > MAX_BYTES || markdown.lines().any(|line| depth(line) > MAX_DEPTH) {
        return format!("<pre>{}</pre>", ammonia::clean_text(markdown));
    }
    let mut options = Options::default();
    options.extension.table = true;
    options.extension.strikethrough = true;
    options.extension.autolink = true;
    // Inline HTML is let through here and judged by the sanitiser, so that `<br>` and `<b>` work.
    options.render.r#unsafe = true;
    comrak::markdown_to_html(markdown, &options)
}

/// Quotes and lists that a line opens (CommonMark 0.31, 5): every `>`, and the bullets and numbers before a space.
fn depth(line: &str) -> usize {
    let is_marker = |byte: u8| byte.is_ascii_digit() || b" \t>-*+.)".contains(&byte);
    let markers = line.bytes().take_while(|byte| is_marker(*byte)).zip(line.bytes().skip(1).chain([b' ']));
    markers.filter(|(byte, next)| *byte == b'>' || (b"-*+.)".contains(byte) && next.is_ascii_whitespace())).count()
}

fn sanitiser() -> Builder<'static> {
    let mut sanitiser = Builder::default();
    sanitiser.link_rel(Some("nofollow noopener")).url_schemes(HashSet::from(["http", "https", "mailto"]));
    sanitiser.url_relative(UrlRelative::Custom(Box::new(page_of_an_api)));
    sanitiser
}

/// An address below `/apis/`, the only relative ones that mean the same wherever a description is shown.
fn page_of_an_api(address: &str) -> Option<Cow<'_, str>> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./#".contains(&byte);
    let leads_there = address.starts_with("/apis/") && !address.contains("..") && address.bytes().all(is_plain);
    leads_there.then_some(Cow::Borrowed(address))
}

/// Takes the tags of links away that lost their address. In sanitised HTML `<`, `>` and `"` of texts and values are escaped: what begins
/// with `<a ` is a link's tag and goes on to the next `>`.
fn without_dead_links(html: &str) -> String {
    let mut parts = html.split("<a ");
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        match part.split_once('>') {
            Some((tag, rest)) if !(tag.starts_with("href=\"") || tag.contains(" href=\"")) => text.push_str(&rest.replacen("</a>", "", 1)),
            _ => {
                text.push_str("<a ");
                text.push_str(part);
            }
        }
    }
    text
}

impl Api {
    /// Replaces every description, which is markdown, with sanitised HTML. Once: the result is no markdown any more.
    #[must_use]
    pub fn render_markdown(mut self) -> Self {
        let mut pen = Pen { sanitiser: sanitiser(), done: HashMap::new() };
        pen.render(&mut self.description);
        self.tags.iter_mut().for_each(|t| pen.render(&mut t.description));
        self.servers.iter_mut().for_each(|s| pen.render(&mut s.description));
        self.security.iter_mut().for_each(|s| pen.render(&mut s.description));
        self.schemas.values_mut().for_each(|s| pen.schema(s));
        for operation in self.operations.iter_mut().chain(&mut self.webhooks) {
            pen.render(&mut operation.description);
            for parameter in &mut operation.parameters {
                pen.render(&mut parameter.description);
                pen.schema(&mut parameter.schema);
            }
            if let Some(body) = &mut operation.body {
                pen.render(&mut body.description);
                body.media.iter_mut().for_each(|m| pen.schema(&mut m.schema));
            }
            for response in &mut operation.responses {
                pen.render(&mut response.description);
                response.media.iter_mut().for_each(|m| pen.schema(&mut m.schema));
                for header in &mut response.headers {
                    pen.render(&mut header.description);
                    pen.schema(&mut header.schema);
                }
            }
        }
        self
    }
}

/// Renders each text once, however often shared parts repeat it.
struct Pen {
    sanitiser: Builder<'static>,
    done: HashMap<String, String>,
}

impl Pen {
    fn render(&mut self, text: &mut String) {
        if text.trim().is_empty() {
            text.clear();
            return;
        }
        if !self.done.contains_key(text) {
            let html = clean(&self.sanitiser, text);
            self.done.insert(text.clone(), html);
        }
        if let Some(html) = self.done.get(text) {
            text.clone_from(html);
        }
    }

    fn schema(&mut self, schema: &mut Schema) {
        self.render(&mut schema.description);
        schema.children_mut().into_iter().for_each(|child| self.schema(child));
    }
}

#[cfg(test)]
mod tests {
    use super::html;

    #[test]
    fn markdown_becomes_html() {
        let page = html("## Errors\n\n| a | b |\n|---|---|\n| `c` | **d** |\n\nSee https://example.com.");
        for part in ["<h2>Errors</h2>", "<td><code>c</code></td>", "<strong>d</strong>", "href=\"https://example.com\""] {
            assert!(page.contains(part), "{part} in {page}");
        }
        assert!(page.contains("rel=\"nofollow noopener\""), "{page}");
    }

    #[test]
    fn what_nests_without_end_is_shown_as_it_is() {
        for deep in [">".repeat(200_000), "> ".repeat(100_000), "- ".repeat(100_000), "1) ".repeat(80_000)] {
            let page = html(&format!("a\n\n{deep}b"));
            assert!(page.starts_with("<pre>") && page.ends_with("b</pre>"), "{}", &page[..40]);
        }
        let page = html(&format!("> > - a\n\n{}\n\n- b", "-".repeat(300)));
        assert!(page.contains("<blockquote>") && page.contains("<hr>") && page.contains("<li>b</li>"), "{page}");
    }

    #[test]
    fn a_link_leads_somewhere_or_is_text() {
        let text = |markdown: &str| html(markdown).trim().to_owned();
        assert_eq!(
            text("[Quote](/apis/rates/docs/quoteShipment) it."),
            "<p><a href=\"/apis/rates/docs/quoteShipment\" rel=\"nofollow noopener\">Quote</a> it.</p>"
        );
        for dead in [
            "../guide.md",
            "#/operations/quote",
            "/gateway/rates",
            "//evil.example",
            "/apis/../admin",
            "/apis/%2e%2e/admin",
            "javascript:a()",
        ] {
            assert_eq!(text(&format!("See [**a** guide]({dead}), then ask.")), "<p>See <strong>a</strong> guide, then ask.</p>", "{dead}");
        }
        let hostile = text("![<a ](s)\" onclick=\"b\"> <img alt='<a ' src='https://s.example/s'> \" onclick=c>");
        assert!(!hostile.contains("<a ") && hostile.contains("&lt;a "), "{hostile}");
        let page = text("[a](x) [b](https://b.example) [c](y \"t > href=<a \")");
        assert_eq!(page, "<p>a <a href=\"https://b.example\" rel=\"nofollow noopener\">b</a> c</p>");
    }

    #[test]
    fn nothing_dangerous_is_left() {
        let hostile = [
            "<script>alert(1)</script>",
            "<img src=x onerror=alert(1)>",
            "[a](javascript:alert(1))",
            "<a href=\"data:text/html,x\">a</a>",
            "<p style=\"position:fixed\">a</p>",
            "<style>*{}</style>",
            "<iframe src=https://example.com></iframe>",
            "![a](/gateway/secret)",
            "<svg><script>alert(1)</script></svg>",
            "<form action=https://example.com><input name=a></form>",
            "<div onclick=\"alert(1)\">a</div>",
        ];
        for text in hostile {
            let page = html(text).to_lowercase();
            let bad =
                ["<script", "alert(1)>", "onerror", "onclick", "javascript:", "data:", "style", "<iframe", "/gateway", "<form", "<input"];
            for part in bad {
                assert!(!page.contains(part), "{part} in {page} of {text}");
            }
        }
        assert!(html("a<br>b <b>c</b>").contains("<br>b <b>c</b>"));
    }
}
