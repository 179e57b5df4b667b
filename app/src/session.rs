//! Who is signed in: known before a page is rendered, carried along with it, and asked again when it changes.
//!
//! It is a plain value and no resource, because layouts depend on it. What stands inside `<Suspense>` is made several times
//! on the server, its resources too, and hydration would read the one that was thrown away.

use crate::error::AppError;
use crate::page_data::Json;
use domain::access::Actor;
use leptos::prelude::*;

/// The signed-in person, or `None`; every page shares it.
#[derive(Clone, Copy)]
pub struct Session(RwSignal<Option<Actor>>);

impl Session {
    /// Who is signed in, as far as this page knows.
    pub fn actor(self) -> Option<Actor> {
        self.0.get()
    }

    /// Asks again, after signing in or out, or changing what it shows.
    pub fn refresh(self) {
        leptos::task::spawn_local(async move {
            self.ask().await;
        });
    }

    /// Asks again; true where somebody is signed in. Without an answer the page keeps what it knew.
    pub async fn ask(self) -> bool {
        match whoami().await {
            Ok(actor) => {
                let is_somebody = actor.is_some();
                self.0.try_set(actor);
                is_somebody
            }
            Err(_) => self.0.try_with_untracked(Option::is_some).unwrap_or_default(),
        }
    }
}

/// Makes the session available to every page.
pub fn provide_session() {
    let known = SharedValue::<_, Json>::new_with_encoding(recognised).into_inner();
    provide_context(Session(RwSignal::new(known)));
}

/// Who asks for the page that is being rendered.
#[cfg(feature = "ssr")]
fn recognised() -> Option<Actor> {
    let parts = use_context::<http::request::Parts>()?;
    parts.extensions.get::<server::Recognised>().and_then(|recognised| recognised.0.clone())
}

/// Nobody: a page that was rendered by the server says it itself.
#[cfg(not(feature = "ssr"))]
fn recognised() -> Option<Actor> {
    None
}

/// The session of the page under way.
pub fn use_session() -> Session {
    expect_context()
}

/// The signed-in person, if any.
#[server]
pub async fn whoami() -> Result<Option<Actor>, AppError> {
    server::actor().await
}

/// Ends the session of this browser and leads home.
#[server]
pub async fn sign_out() -> Result<(), AppError> {
    if let Some(cookie) = server::cookie() {
        crate::portal::store()?.end_session(&cookie).await?;
    }
    server::clear_cookie()?;
    leptos_axum::redirect("/");
    Ok(())
}

/// Acts for another of the person's organisations from now on.
#[server]
pub async fn switch_partner(partner: uuid::Uuid) -> Result<(), AppError> {
    let actor = server::signed_in().await?;
    if !crate::portal::store()?.switch_partner(&actor, partner).await? {
        return Err(AppError::NotFound.raise());
    }
    leptos_axum::redirect("/dashboard");
    Ok(())
}

/// Questions that server functions ask before they do anything.
#[cfg(feature = "ssr")]
pub mod server {
    use crate::error::AppError;
    use crate::portal::portal;
    use chrono::{DateTime, Utc};
    use domain::access::{Action, Actor, may};
    use leptos::prelude::use_context;
    use store::Secret;
    use uuid::Uuid;

    /// Name of the session cookie; the prefix makes browsers insist on `Secure`, `Path=/` and no domain.
    const COOKIE: &str = "__Host-session";
    /// Its name where the portal is served without TLS: browsers refuse the prefix there.
    const COOKIE_PLAIN: &str = "session";

    /// Who asks for a page: the server finds it out before the page is rendered.
    #[derive(Debug, Clone)]
    pub struct Recognised(pub Option<Actor>);

    /// The clock of server functions.
    pub fn now() -> DateTime<Utc> {
        Utc::now()
    }

    /// Who is asking, if they are signed in.
    pub async fn actor() -> Result<Option<Actor>, AppError> {
        match cookie() {
            Some(cookie) => Ok(portal()?.store.actor(&cookie, now()).await?),
            None => Ok(None),
        }
    }

    /// Who is asking; 401 when nobody is signed in.
    pub async fn signed_in() -> Result<Actor, AppError> {
        actor().await?.ok_or_else(|| AppError::SignedOut.raise())
    }

    /// The partner that the visitor acts for, if they are signed in and have one: decides what they may see.
    pub async fn partner() -> Result<Option<Uuid>, AppError> {
        Ok(actor().await?.and_then(|actor| actor.membership).map(|membership| membership.partner.id))
    }

    /// Who is asking and the partner they act for; 403 unless they may do `action` there.
    pub async fn require(action: Action) -> Result<(Actor, Uuid), AppError> {
        let actor = signed_in().await?;
        let partner = actor.membership.as_ref().map(|m| m.partner.id);
        match partner {
            Some(id) if may(&actor, action, Some(id)) => Ok((actor, id)),
            _ => Err(AppError::Forbidden.raise()),
        }
    }

    /// The platform admin who is asking; 403 for everybody else.
    pub async fn require_admin() -> Result<Actor, AppError> {
        let actor = signed_in().await?;
        if may(&actor, Action::Administer, None) { Ok(actor) } else { Err(AppError::Forbidden.raise()) }
    }

    /// The value of the session cookie of the request under way.
    pub fn cookie() -> Option<String> {
        session_cookie(&use_context::<http::request::Parts>()?.headers, has_tls().ok()?)
    }

    /// The value of the session cookie in a request's headers. Over TLS only the one counts that nobody else's site can set.
    pub fn session_cookie(headers: &http::HeaderMap, has_tls: bool) -> Option<String> {
        read_cookie(headers, cookie_name(has_tls))
    }

    /// The value of a cookie in a request's headers.
    pub fn read_cookie(headers: &http::HeaderMap, name: &str) -> Option<String> {
        let pairs =
            headers.get_all(http::header::COOKIE).iter().filter_map(|header| header.to_str().ok()).flat_map(|header| header.split(';'));
        pairs.filter_map(|pair| pair.trim().split_once('=')).find(|(key, _)| *key == name).map(|(_, value)| value.to_owned())
    }

    /// Hands the browser its session cookie.
    pub fn set_cookie(secret: &Secret) -> Result<(), AppError> {
        write_cookie(cookie_name(has_tls()?), secret.reveal(), domain::account::SESSION_DAYS * 86_400)
    }

    /// Takes it back.
    pub fn clear_cookie() -> Result<(), AppError> {
        write_cookie(cookie_name(has_tls()?), "", 0)
    }

    fn cookie_name(has_tls: bool) -> &'static str {
        if has_tls { COOKIE } else { COOKIE_PLAIN }
    }

    /// Whether browsers reach the portal over TLS.
    fn has_tls() -> Result<bool, AppError> {
        Ok(portal()?.has_tls())
    }

    /// Hands the browser a cookie that scripts cannot read, for `age` seconds.
    pub fn write_cookie(name: &str, value: &str, age: i64) -> Result<(), AppError> {
        append_cookie(&cookie_text(name, value, age, has_tls()?));
        Ok(())
    }

    /// The value of the header that does it.
    pub fn cookie_text(name: &str, value: &str, age: i64, has_tls: bool) -> String {
        let secure = if has_tls { "; Secure" } else { "" };
        format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={age}{secure}")
    }

    /// The value of a cookie of the request under way, which the browser is to forget.
    pub fn take_cookie(name: &str) -> Result<Option<String>, AppError> {
        let value = use_context::<http::request::Parts>().and_then(|parts| read_cookie(&parts.headers, name));
        if value.is_some() {
            write_cookie(name, "", 0)?;
        }
        Ok(value)
    }

    fn append_cookie(text: &str) {
        if let (Some(response), Ok(value)) = (use_context::<leptos_axum::ResponseOptions>(), http::HeaderValue::from_str(text)) {
            response.append_header(http::header::SET_COOKIE, value);
        }
    }
}
