//! What lies on the console's desk: the draft, the key, the answer.

use super::wire::{self, Outcome, TryRequest};
use super::{Bench, answer, history};
use leptos::prelude::*;
use spec::Piece;
use spec::request::{Draft, HttpRequest, Problem};
use std::sync::Arc;

/// The state of one operation in the console; copied freely.
#[derive(Clone, Copy)]
pub struct Desk {
    piece: StoredValue<Arc<Piece>>,
    product: StoredValue<String>,
    base: StoredValue<String>,
    pub draft: RwSignal<Draft>,
    /// Headers that no parameter describes: (name, value).
    pub extra: RwSignal<Vec<(String, String)>>,
    /// What the sandbox's `Prefer` header asks for; empty for nothing.
    pub prefer: RwSignal<String>,
    /// What keeps the draft from being a right call; it can be sent all the same.
    pub problems: Memo<Vec<Problem>>,
    /// The prefix of the chosen key; empty for none.
    pub key: RwSignal<String>,
    /// The chosen key's text, where this browser knows it.
    pub secret: RwSignal<String>,
    /// A key is being made: Send waits for it.
    pub making: RwSignal<bool>,
    pub sending: RwSignal<bool>,
    pub outcome: RwSignal<Option<Outcome>>,
    /// Counts the calls that came back: the history is read again.
    pub sent: RwSignal<u32>,
}

impl Desk {
    /// A fresh desk with a draft that can be sent as it is, or one from the history.
    pub fn new(bench: &Bench, restored: Option<Draft>) -> Self {
        let piece = Arc::new(bench.piece.clone());
        let fits = |draft: &Draft| draft.method == piece.operation.method && draft.path == piece.operation.path;
        let draft = restored.filter(fits).unwrap_or_else(|| Draft::sample(&piece.operation, &piece.schemas));
        let draft = RwSignal::new(draft);
        let checked = Arc::clone(&piece);
        let key = bench.keys.first().map(|(prefix, _)| prefix.clone()).unwrap_or_default();
        Self {
            piece: StoredValue::new(piece),
            product: StoredValue::new(bench.product.clone()),
            base: StoredValue::new(bench.base.clone()),
            draft,
            extra: RwSignal::new(Vec::new()),
            prefer: RwSignal::new(String::new()),
            problems: Memo::new(move |_| draft.with(|draft| draft.problems(&checked.operation, &checked.schemas))),
            key: RwSignal::new(key),
            secret: RwSignal::new(String::new()),
            making: RwSignal::new(false),
            sending: RwSignal::new(false),
            outcome: RwSignal::new(None),
            sent: RwSignal::new(0),
        }
    }

    pub fn piece(self) -> Arc<Piece> {
        self.piece.get_value()
    }

    /// The request in the form, with the key as far as it may be shown. What is sent differs in nothing but the secret.
    pub fn request(self) -> HttpRequest {
        let key = self.key.get();
        let shown = if key.is_empty() { "sk_test_…".to_owned() } else { format!("{key}_…") };
        let piece = self.piece();
        let mut extra = vec![("Authorization".to_owned(), format!("Bearer {shown}"))];
        let prefer = self.prefer.get();
        if !prefer.is_empty() {
            extra.push(("Prefer".to_owned(), prefer));
        }
        extra.extend(self.extra.get().into_iter().filter(|(name, _)| !name.trim().is_empty()));
        self.base.with_value(|base| self.draft.with(|draft| draft.http(&piece.operation, base, &extra)))
    }

    /// Whether Send has to wait: for an answer, or for its key.
    pub fn is_busy(self) -> bool {
        self.sending.get() || self.making.get()
    }

    /// Sends the request in the form, unless one is under way.
    pub fn send(self) {
        if untrack(move || self.is_busy()) {
            return;
        }
        let secret = self.secret.get_untracked();
        if secret.is_empty() {
            self.outcome.set(Some(Outcome::NoKey));
            answer::bring_in_view();
            return;
        }
        self.sending.set(true);
        let request = untrack(move || self.request());
        let product = self.product.get_value();
        let path = self.base.with_value(|base| request.url.strip_prefix(base.as_str()).unwrap_or("/").to_owned());
        let attempt = TryRequest::new(&product, &path, &request, secret);
        leptos::task::spawn_local(async move {
            let outcome = wire::send(&attempt).await;
            if let Outcome::Answered(answer) = &outcome {
                let piece = self.piece();
                history::remember(&product, &piece.operation, &self.draft.get_untracked(), answer);
            }
            self.outcome.set(Some(outcome));
            answer::bring_in_view();
            self.sending.set(false);
            self.sent.update(|n| *n += 1);
        });
    }
}
