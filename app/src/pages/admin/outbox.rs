//! The outbox: every mail with its text, so that a portal without a mail server still works.

use crate::error::AppError;
use crate::pages::admin::feedback::loaded;
use crate::ui::{Empty, Glyph, Moment, Pill, Tone, format};
use chrono::{DateTime, Utc};
use domain::mail::Mail;
use leptos::prelude::*;
use leptos_meta::Title;
use serde::{Deserialize, Serialize};

/// Mails on the page.
const SHOWN: i64 = 100;

/// The newest mails.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outbox {
    pub mails: Vec<Mail>,
    pub now: DateTime<Utc>,
}

/// The newest mails, newest first.
#[server]
pub async fn load_outbox() -> Result<Outbox, AppError> {
    use crate::session::server::{now, require_admin};
    require_admin().await?;
    Ok(Outbox { mails: crate::portal::store()?.outbox(SHOWN).await?, now: now() })
}

#[component]
pub fn OutboxPage() -> impl IntoView {
    let outbox = Resource::new_blocking(|| (), |()| load_outbox());
    view! {
        <Title text="Outbox"/>
        <main id="main">
            <div class="pagehead">
                <div><h1>"Outbox"</h1><p>{format!("The last {SHOWN} mails. Without SMTP_URL they wait here, and you can hand a link on yourself.")}</p></div>
            </div>
            <section class="card">{loaded(outbox, 8, |outbox| view! { <Listed outbox/> }.into_any())}</section>
        </main>
    }
}

#[component]
fn Listed(outbox: Outbox) -> impl IntoView {
    let Outbox { mails, now } = outbox;
    if mails.is_empty() {
        return view! { <Empty icon=Glyph::Mail title="No mails yet" text="A mail appears here when somebody signs up, resets a password or is invited."/> }.into_any();
    }
    view! { <ul class="admin-mails">{mails.iter().map(|mail| view! { <li>{item(mail, now)}</li> }).collect_view()}</ul> }.into_any()
}

fn item(mail: &Mail, now: DateTime<Utc>) -> AnyView {
    let (tone, state) = match mail.sent_at {
        Some(at) => (Tone::Good, format!("Sent {}", format::when(at, now))),
        None => (Tone::Warn, waiting(&format::when(mail.at, now))),
    };
    view! {
        <details>
            <summary class="row wrap sm">
                <span class="grow"><b>{mail.subject.clone()}</b>" "<span class="faint">{format!("to {}", mail.to)}</span></span>
                <Pill tone=tone>{state}</Pill>
                <span class="xs faint"><Moment at=mail.at text=format::date_and_time(mail.at)/></span>
            </summary>
            <div class="admin-letter">{letter(&mail.body)}</div>
        </details>
    }
    .into_any()
}

/// `Waiting for 11 minutes`, of a mail of `11 minutes ago`; the day is said of an older one.
fn waiting(since: &str) -> String {
    match since.strip_suffix(" ago") {
        Some(span) => format!("Waiting for {span}"),
        None if since == "just now" => "Waiting".to_owned(),
        None => format!("Waiting since {since}"),
    }
}

/// The text with its addresses as links.
fn letter(body: &str) -> Vec<AnyView> {
    body.lines()
        .map(|line| match line.trim() {
            "" => view! { <br/> }.into_any(),
            url if is_link(url) => view! { <p><a href=url.to_owned() rel="noreferrer">{url.to_owned()}</a></p> }.into_any(),
            text => view! { <p>{text.to_owned()}</p> }.into_any(),
        })
        .collect()
}

/// Whether a line is nothing but an address.
fn is_link(line: &str) -> bool {
    (line.starts_with("https://") || line.starts_with("http://")) && !line.contains(char::is_whitespace)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_says_how_long_it_waits() {
        assert_eq!(waiting("11 minutes ago"), "Waiting for 11 minutes");
        assert_eq!([waiting("just now"), waiting("Oct 2")], ["Waiting", "Waiting since Oct 2"]);
    }

    #[test]
    fn only_addresses_on_a_line_of_their_own_become_links() {
        assert!(is_link("https://portal.example/confirm/abc"));
        assert!(!is_link("https://portal.example/ is the portal"));
        assert!(!is_link("javascript:alert(1)"));
    }
}
