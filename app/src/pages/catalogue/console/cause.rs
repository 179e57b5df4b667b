//! Why a call did not do what it should, and what to do about it.

use super::wire::Outcome;

/// What happened, the likely reason, and the way out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Advice {
    pub problem: String,
    pub fix: String,
    /// Where to do it: (address, words).
    pub link: Option<(String, &'static str)>,
}

impl Advice {
    fn new(problem: impl Into<String>, fix: impl Into<String>, link: Option<(&str, &'static str)>) -> Self {
        Self { problem: problem.into(), fix: fix.into(), link: link.map(|(address, words)| (address.to_owned(), words)) }
    }
}

/// Advice for a call that failed; `None` for one that worked. `product` is the product's name, `detail` what the answer's
/// own problem document said.
pub fn advice(outcome: &Outcome, product: &str, detail: Option<&str>) -> Option<Advice> {
    match outcome {
        Outcome::NoKey => {
            Some(Advice::new("There is no key to send.", "Make a test key for this console, or paste the secret of one of yours.", None))
        }
        Outcome::PortalAway => {
            Some(Advice::new("The portal did not answer.", "Check your connection, then send again. What you typed is still here.", None))
        }
        Outcome::SandboxAway { detail, .. } => Some(Advice::new(
            format!("The sandbox of {product} did not answer: {detail}"),
            "Nothing is wrong with your request. Try again in a minute; if it stays, the status page may know more.",
            Some(("/status", "Status")),
        )),
        Outcome::Refused { status, detail } => Some(refused(*status, detail, product)),
        Outcome::Answered(answer) if answer.status < 400 => None,
        Outcome::Answered(answer) => Some(answered(answer.status, detail)),
    }
}

fn refused(status: u16, detail: &str, product: &str) -> Advice {
    let keys = Some(("/dashboard/keys", "Keys"));
    match status {
        401 => Advice::new(
            given(detail, "This key does not work here."),
            "It may be mistyped, expired, revoked or a live key: the console takes test keys. Choose another key, or make one.",
            keys,
        ),
        403 => Advice::new(format!("This key may not call {product}."), format!("Choose another key, or add {product} to it."), keys),
        404 => Advice::new(
            given(detail, "This API takes no console calls."),
            "It may be retired. The catalogue has the ones that work.",
            Some(("/apis", "All APIs")),
        ),
        429 => Advice::new(given(detail, "Too many calls in this second."), "Wait a moment, then send again.", None),
        413 => Advice::new("The request is too large.", "Send a smaller body.", None),
        400 | 422 => Advice::new(given(detail, "The request could not be read."), "Mend the field that is named, then send again.", None),
        _ => Advice::new(given(detail, "The portal refused the call."), "Try again; if it stays, tell us the request id.", None),
    }
}

fn answered(status: u16, detail: Option<&str>) -> Advice {
    let said = detail.unwrap_or_default();
    match status {
        400 | 422 => Advice::new(
            given(said, "The API could not accept a value."),
            "The body of the answer names each field; the form marks what the document forbids.",
            None,
        ),
        404 => Advice::new(
            given(said, "The API knows nothing under this address."),
            "Check the values in the path. The sandbox knows the examples of the documentation.",
            None,
        ),
        405 | 406 | 415 => Advice::new(
            given(said, "The API does not take this kind of request."),
            "Check the method and the headers Accept and Content-Type.",
            None,
        ),
        409 => Advice::new(given(said, "The request clashes with what is there."), "Read it again, then send the change again.", None),
        429 => Advice::new(given(said, "Too many calls."), "Wait for as long as Retry-After says.", None),
        401 | 403 => Advice::new(
            given(said, "The API did not accept who calls."),
            "Check the key, and what the document says about authentication.",
            None,
        ),
        500.. => Advice::new(
            given(said, "The API failed."),
            "Nothing is wrong with your request. Try again in a minute.",
            Some(("/status", "Status")),
        ),
        _ => Advice::new(given(said, "The API refused the call."), "The body of the answer says why.", None),
    }
}

/// What the other side said, else our own words.
fn given(said: &str, otherwise: &str) -> String {
    if said.is_empty() { otherwise.to_owned() } else { said.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::super::wire::Answer;
    use super::*;
    use serde_json::Value;

    fn answer(status: u16) -> Outcome {
        Outcome::Answered(Answer { status, headers: Vec::new(), body: Value::Null, latency_ms: 1.0, total_ms: 1.0 })
    }

    #[test]
    fn a_call_that_worked_needs_no_advice() {
        assert_eq!(advice(&answer(204), "Rates", None), None);
        assert_eq!(advice(&answer(302), "Rates", None), None);
    }

    #[test]
    fn a_key_without_the_product_is_told_what_to_add() {
        let refused = Outcome::Refused { status: 403, detail: "out of scope".to_owned() };
        let advice = advice(&refused, "Rates", None).unwrap();
        assert_eq!(advice.problem, "This key may not call Rates.");
        assert_eq!(advice.fix, "Choose another key, or add Rates to it.");
        assert_eq!(advice.link.unwrap().0, "/dashboard/keys");
    }

    #[test]
    fn the_apis_own_words_come_first() {
        let advice = advice(&answer(422), "Rates", Some("weight must be at most 70")).unwrap();
        assert_eq!(advice.problem, "weight must be at most 70");
    }
}
