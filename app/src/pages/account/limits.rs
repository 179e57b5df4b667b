//! How often somebody may try, and where they go afterwards.

/// Where a form may send the reader next: a path of this site, else the dashboard. Browsers drop tabs and line breaks
/// from an address and read `\` as `/`, so that `/`, a tab and `/evil.example` would be another site.
pub fn safe_next(next: &str) -> &str {
    let odd = |c: char| c == '\\' || c.is_control() || c.is_whitespace();
    let local = next.starts_with('/') && !next.starts_with("//") && !next.contains(odd);
    if local { next } else { "/dashboard" }
}

/// An address that remembers where the reader was going, as `next`; `address` alone where that was nowhere on this site.
pub fn with_next(address: &str, next: &str) -> String {
    if next.is_empty() || safe_next(next) != next {
        return address.to_owned();
    }
    format!("{address}?next={}", leptos_router::location::Url::escape(next))
}

/// The limits that the server keeps.
#[cfg(feature = "ssr")]
pub mod server {
    use crate::error::AppError;
    use crate::portal::{portal, store};
    use crate::session::server::now;
    use chrono::TimeDelta;
    use leptos::prelude::use_context;
    use store::{Attempt, Visitor};

    /// Tries to sign in to one address from one client, per quarter of an hour.
    const SIGN_IN_PER_PAIR: i64 = 10;
    /// Tries to sign in to one address from all clients together: high, so that a stranger alone cannot lock its owner out.
    const SIGN_IN_PER_ADDRESS: i64 = 100;
    /// Tries to sign in from one client, per quarter of an hour.
    const SIGN_IN_PER_CLIENT: i64 = 50;
    /// Accounts, resets and links from one client, per hour.
    const MAILS_PER_CLIENT: i64 = 100;
    /// Mails to one address that one client may cause, per hour.
    const MAILS_PER_PAIR: i64 = 10;
    /// Mails to one address that all clients together may cause, per hour: more, so that a stranger alone cannot keep its owner from them.
    const MAILS_PER_ADDRESS: i64 = 50;
    /// Invitations to one address, per day, whoever sends them.
    const INVITATIONS_PER_ADDRESS: i64 = 5;

    /// Who is at the other end, as far as the connection tells.
    pub fn visitor() -> Visitor {
        let Some(parts) = use_context::<http::request::Parts>() else { return Visitor::default() };
        let peer = parts.extensions.get::<axum::extract::ConnectInfo<std::net::SocketAddr>>();
        let agent = parts.headers.get(http::header::USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or_default();
        Visitor { user_agent: agent.chars().take(200).collect(), address: peer.map(|peer| peer.0.ip().to_string()).unwrap_or_default() }
    }

    /// Counts a try to sign in; 422 for what is no address, 429 beyond the limits.
    pub async fn sign_in(email: &str) -> Result<(), AppError> {
        let window = TimeDelta::minutes(15);
        let (email, client) = (domain::account::email(email)?, visitor().address);
        count(&format!("sign-in-from:{client}"), SIGN_IN_PER_CLIENT, window).await?;
        // A client that is told to wait adds nothing to the tries of the others.
        count(&pair(&email, &client), SIGN_IN_PER_PAIR, window).await?;
        count(&format!("sign-in:{email}"), SIGN_IN_PER_ADDRESS, window).await
    }

    /// Forgets the tries on an address that just signed in.
    pub async fn forgive(email: &str) -> Result<(), AppError> {
        let (store, email) = (store()?, domain::account::email(email)?);
        store.forgive(&pair(&email, &visitor().address)).await?;
        Ok(store.forgive(&format!("sign-in:{email}")).await?)
    }

    fn pair(email: &str, client: &str) -> String {
        format!("sign-in:{email} from {client}")
    }

    /// Counts an act that sends a mail or uses a link; 429 beyond the limit.
    pub async fn mail() -> Result<(), AppError> {
        count(&format!("mail-from:{}", visitor().address), MAILS_PER_CLIENT, TimeDelta::hours(1)).await
    }

    /// Counts an act that sends a mail to an address that was typed; 422 for what is none, 429 beyond the limits.
    pub async fn mail_to(email: &str) -> Result<(), AppError> {
        mail().await?;
        let (email, client) = (domain::account::email(email)?, visitor().address);
        count(&format!("mail-to:{email} from {client}"), MAILS_PER_PAIR, TimeDelta::hours(1)).await?;
        count(&format!("mail-to:{email}"), MAILS_PER_ADDRESS, TimeDelta::hours(1)).await
    }

    /// Counts an invitation; 429 beyond the limits.
    pub async fn invitation(email: &str) -> Result<(), AppError> {
        mail().await?;
        count(&format!("invite:{}", email.trim().to_lowercase()), INVITATIONS_PER_ADDRESS, TimeDelta::days(1)).await
    }

    /// Starts a session for somebody who proved who they are, in place of the one the browser had.
    pub async fn enter(person: uuid::Uuid) -> Result<(), AppError> {
        let store = portal()?.store;
        if let Some(before) = crate::session::server::cookie() {
            store.end_session(&before).await?;
        }
        let secret = store.start_session(person, &visitor(), now()).await?;
        crate::session::server::set_cookie(&secret)
    }

    async fn count(subject: &str, most: i64, window: TimeDelta) -> Result<(), AppError> {
        match store()?.attempt(subject, most, window, now()).await? {
            Attempt::Allowed => Ok(()),
            Attempt::Wait(span) => Err(AppError::Wait { seconds: span.num_seconds().max(1) }.raise()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{safe_next, with_next};

    #[test]
    fn nobody_is_sent_to_another_site() {
        assert_eq!(safe_next("/dashboard/keys?new=1"), "/dashboard/keys?new=1");
        for bad in [
            "",
            "https://evil.example",
            "//evil.example",
            "/\\evil.example",
            "javascript:alert(1)",
            "/a\r\nSet-Cookie: x",
            "/\t/evil.example",
            "/\u{b}/evil.example",
            "/\0a",
            "/\u{7f}",
            "/\u{85}/evil.example",
            "/ /evil.example",
            "/\u{2028}/evil.example",
        ] {
            assert_eq!(safe_next(bad), "/dashboard", "{bad:?}");
            assert_eq!(with_next("/dashboard", bad), "/dashboard", "{bad:?}");
        }
    }

    #[test]
    #[cfg(feature = "ssr")]
    fn where_the_reader_was_going_is_one_value_of_the_query() {
        let address = with_next("/dashboard", "/apis/rates/console?operation=quote&q=1");
        assert_eq!(address.split_once("?next=").unwrap().0, "/dashboard");
        assert!(!address.contains('&') && !address[11..].contains('?'), "{address}");
    }
}
