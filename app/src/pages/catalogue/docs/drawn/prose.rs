//! The introduction of a document, cut at its headings.

use leptos::prelude::*;
use spec::{Api, SecurityKind, SecurityScheme};

/// A heading of the introduction and the HTML under it.
#[derive(Debug, PartialEq, Eq)]
pub struct Section<'h> {
    pub anchor: String,
    pub title: String,
    pub html: &'h str,
}

/// What stands before the first heading, and the sections. Only headings of the first two levels cut.
pub fn split(html: &str) -> (&str, Vec<Section<'_>>) {
    let starts: Vec<usize> = html.match_indices("<h").filter(|(at, _)| is_heading(&html[*at..])).map(|(at, _)| at).collect();
    let before = &html[..starts.first().copied().unwrap_or(html.len())];
    let ends = starts.iter().skip(1).copied().chain([html.len()]);
    let sections = starts.iter().zip(ends).filter_map(|(&start, end)| section(&html[start..end])).collect();
    (before.trim(), sections)
}

fn is_heading(html: &str) -> bool {
    let level = html.as_bytes().get(2).copied();
    matches!(level, Some(b'1' | b'2')) && matches!(html.as_bytes().get(3).copied(), Some(b'>' | b' '))
}

fn section(html: &str) -> Option<Section<'_>> {
    let inner = &html[html.find('>')? + 1..];
    let end = inner.find("</h")?;
    let rest = &inner[end..];
    let title = without_tags(&inner[..end]);
    let anchor = slug(&title);
    Some(Section { anchor, title, html: rest[rest.find('>')? + 1..].trim() })
}

/// The words of a heading, its markup taken off and the usual entities read.
fn without_tags(html: &str) -> String {
    let mut text = String::new();
    let mut is_tag = false;
    for c in html.chars() {
        match c {
            '<' => is_tag = true,
            '>' if is_tag => is_tag = false,
            c if !is_tag => text.push(c),
            _ => {}
        }
    }
    [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&")]
        .iter()
        .fold(text, |text, (entity, c)| text.replace(entity, c))
        .trim()
        .to_owned()
}

/// `Errors and limits` as the anchor `section-errors-and-limits`, which no operation is called.
fn slug(title: &str) -> String {
    let words: Vec<String> = title.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).map(str::to_lowercase).collect();
    format!("section-{}", words.join("-"))
}

/// Links such as `#trackShipment`, which authors write for one long page, lead there from wherever the text is shown.
pub fn anchored(html: &str, product: &str) -> String {
    html.replace("href=\"#", &format!("href=\"/apis/{product}/docs#"))
}

/// The introduction with every section, and how to prove who calls.
pub fn introduction(api: &Api) -> impl IntoView + use<> {
    let (before, sections) = split(&api.description);
    let sections = sections.into_iter().map(|section| {
        let link = format!("#{}", section.anchor);
        view! {
            <section id=section.anchor class="stack">
                <h3><a class="anchor" href=link>{section.title}</a></h3>
                <div class="prose" inner_html=section.html.to_owned()></div>
            </section>
        }
    });
    let sections = sections.collect_view();
    let schemes = (!api.security.is_empty()).then(|| {
        let rows = api.security.iter().map(scheme).collect_view();
        view! { <section class="stack"><h3>"Ways to prove who calls"</h3>{rows}</section> }
    });
    view! {
        <div class="op"><div class="stack loose intro">
            <h2>{format!("{} {}", api.title, api.version)}</h2>
            <div class="prose" inner_html=before.to_owned()></div>
            {sections}
            {schemes}
        </div></div>
    }
}

fn scheme(scheme: &SecurityScheme) -> impl IntoView + use<> {
    let words = match &scheme.kind {
        SecurityKind::ApiKey { location, parameter } => format!("a key in the {} {parameter}", location.as_str()),
        SecurityKind::Http { scheme } => format!("Authorization: {scheme} …"),
        SecurityKind::OAuth2 => "OAuth 2".to_owned(),
        SecurityKind::OpenIdConnect { url } => format!("OpenID Connect, {url}"),
        SecurityKind::MutualTls => "a client certificate".to_owned(),
    };
    view! {
        <div class="prop">
            <span class="name">{scheme.name.clone()}</span>
            <span class="type">{words}</span>
            <div class="prose" inner_html=scheme.description.clone()></div>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_introduction_is_cut_at_its_headings() {
        let (before, sections) =
            split("<p>Hello.</p>\n<h2>Errors &amp; <em>limits</em></h2>\n<p>One.</p><h3>Deep</h3><h2 id=\"x\">Sandbox</h2>");
        assert_eq!(before, "<p>Hello.</p>");
        let found: Vec<(&str, &str, &str)> = sections.iter().map(|s| (s.anchor.as_str(), s.title.as_str(), s.html)).collect();
        assert_eq!(found, [("section-errors-limits", "Errors & limits", "<p>One.</p><h3>Deep</h3>"), ("section-sandbox", "Sandbox", "")]);
    }

    #[test]
    fn anchors_lead_to_the_whole_document() {
        assert_eq!(anchored("<a href=\"#x\">x</a><a href=\"/y#z\">", "rates"), "<a href=\"/apis/rates/docs#x\">x</a><a href=\"/y#z\">");
    }

    #[test]
    fn text_without_headings_is_one_piece() {
        assert_eq!(split("<p>a</p><hr><header></header>"), ("<p>a</p><hr><header></header>", Vec::new()));
        assert_eq!(split(""), ("", Vec::new()));
        assert_eq!(split("<h2>unfinished"), ("", Vec::new()));
    }
}
