//! What comes back to the page of a form that was refused without script: why, and the address that was typed. Cookies that scripts cannot
//! read carry it there, so that the page keeps its own address; it is shown once, then gone.

use crate::page_data::Json;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// What came back.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Returned {
    /// The path of the function that refused, and its error as leptos writes it.
    refusal: Option<(String, String)>,
    email: String,
}

/// Makes it known to every page; the action of the form that was refused begins with its error.
pub fn provide_returned() {
    let returned = SharedValue::<_, Json>::new_with_encoding(taken).into_inner();
    if let Some((function, error)) = &returned.refusal {
        provide_context(ServerActionError::new(function, error));
    }
    provide_context(returned);
}

/// The address that was typed into the form; empty where none came back.
pub fn typed_email() -> String {
    use_context::<Returned>().map(|returned| returned.email).unwrap_or_default()
}

/// What came with the request for the page.
#[cfg(feature = "ssr")]
fn taken() -> Returned {
    server::take()
}

/// Nothing: a page that was rendered by the server brings it along.
#[cfg(not(feature = "ssr"))]
fn taken() -> Returned {
    Returned::default()
}

/// Sending and taking it.
#[cfg(feature = "ssr")]
pub mod server {
    use super::Returned;
    use crate::error::AppError;
    use crate::session::server::{cookie_text, read_cookie, take_cookie, write_cookie};
    use leptos::prelude::use_context;

    /// The cookie that carries the error.
    const REFUSED: &str = "refused";
    /// The cookie that carries the address.
    const TYPED: &str = "typed_email";
    /// How long the page has to show them, in seconds.
    const AGE: i64 = 60;
    /// What a cookie may hold, in bytes: browsers take 4096, with its name and what is said about it.
    const MOST: usize = 3_500;
    /// What stands in [`REFUSED`] where the error is in the address.
    const IN_ADDRESS: &str = "address";

    /// The cookie that sends the error of a function to the page of its form, and whether the error is in it: of one that no cookie can
    /// hold it says that the address has it.
    pub fn refusal(function: &str, error: &str, has_tls: bool) -> (String, bool) {
        let value = format!("{function}:{error}");
        let is_held = fits(&value);
        (cookie_text(REFUSED, if is_held { &value } else { IN_ADDRESS }, AGE, has_tls), is_held)
    }

    /// Whether an error in the address of a page is ours.
    pub fn is_in_address(headers: &http::HeaderMap) -> bool {
        read_cookie(headers, REFUSED).as_deref() == Some(IN_ADDRESS)
    }

    /// Sends the address that was typed to the next page, where that is a form without script: any other still holds it.
    pub fn keep_email(email: &str) -> Result<(), AppError> {
        let is_plain_form = use_context::<http::request::Parts>().is_some_and(|parts| wants_page(&parts.headers));
        if is_plain_form && fits(email) { write_cookie(TYPED, email, AGE) } else { Ok(()) }
    }

    /// Whether somebody reads the answer in a browser: what a page's script sends takes no HTML.
    pub fn wants_page(headers: &http::HeaderMap) -> bool {
        headers.get(http::header::ACCEPT).is_some_and(|accept| accept.to_str().is_ok_and(|accept| accept.contains("text/html")))
    }

    /// Whether a cookie can hold this as it is (RFC 6265, 4.1.1).
    fn fits(text: &str) -> bool {
        let plain = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'"' | b',' | b';' | b'\\');
        !text.is_empty() && text.len() <= MOST && text.bytes().all(plain)
    }

    /// Takes what came back, once.
    pub(super) fn take() -> Returned {
        // What cannot be taken is not shown; its cookie ends by itself.
        let take = |name| take_cookie(name).ok().flatten();
        let refusal = take(REFUSED);
        let refusal = refusal.as_deref().and_then(|text| text.split_once(':'));
        Returned {
            refusal: refusal.map(|(function, error)| (function.to_owned(), error.to_owned())),
            email: take(TYPED).unwrap_or_default(),
        }
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn a_cookie_holds_what_cannot_end_it() {
            let sent = refusal("/api/sign_in123", "eyJhIjoxfQ==", true);
            let whole = "refused=/api/sign_in123:eyJhIjoxfQ==; Path=/; HttpOnly; SameSite=Lax; Max-Age=60; Secure";
            assert_eq!(sent, (whole.to_owned(), true));
            let (sent, is_held) = refusal("/api/sign_in123", &"a".repeat(MOST), false);
            assert_eq!((sent.split(';').next(), is_held), (Some("refused=address"), false));
            for bad in ["", "a b", "a;b", "a,b", "a\\b", "\"a\"", "a\r\nb", "jörg@portal.example"] {
                assert!(!fits(bad), "{bad:?}");
            }
            assert!(fits("ana+test@northwind.example") && fits(&"a".repeat(MOST)) && !fits(&"a".repeat(MOST + 1)));
        }
    }
}
