//! The list of tokens.

use super::{LIST, TokenLine};
use crate::ui::route_dialog::Opener;
use crate::ui::{Card, Empty, Glyph, Moment, Pill, TableWrap, Tone, format};
use chrono::{DateTime, Utc};
use leptos::prelude::*;

#[component]
pub fn TokenList(tokens: Vec<TokenLine>, now: DateTime<Utc>, opener: Opener) -> impl IntoView {
    // A list that came anew after the dialog has new links: the one that had the focus is gone.
    Effect::new(move |_| opener.give_focus_back());
    if tokens.is_empty() {
        return view! { <Card title="Tokens"><Empty icon=Glyph::Key title="No tokens yet" text="Each machine's token appears here with its last use."/></Card> }
            .into_any();
    }
    view! {
        <Card title="Tokens">
            <TableWrap label="Tokens" facts=true>
                <table>
                    <thead><tr>
                        <th scope="col">"Token"</th><th scope="col">"State"</th><th scope="col">"Made by"</th><th scope="col">"Last used (UTC)"</th>
                        <th scope="col">"Expires (UTC)"</th><th scope="col"><span class="unseen">"Actions"</span></th>
                    </tr></thead>
                    <tbody>{tokens.iter().map(|token| row(token, now)).collect_view()}</tbody>
                </table>
            </TableWrap>
        </Card>
    }
    .into_any()
}

fn row(token: &TokenLine, now: DateTime<Utc>) -> AnyView {
    let works = token.works(now);
    let label = format!("Revoke {}", token.name);
    let to = format!("{LIST}/{}/revoke", token.id);
    let end = works.then(|| view! { <a class="btn sm quiet danger" href=to aria-label=label>"Revoke"</a> });
    view! {
        <tr>
            <td class="name"><b>{token.name.clone()}</b><div class="xs faint">{token.purpose().to_owned()}</div></td>
            <td class="state">{state(token, works)}</td>
            <td data-label="Made by">{token.created_by.clone()}</td>
            <td data-label="Last used">{moment(token.last_used_at, |at| format::when(at, now))}</td>
            <td data-label="Expires">{moment(token.expires_at, format::full_date)}</td>
            <td class="r">{end}</td>
        </tr>
    }
    .into_any()
}

fn state(token: &TokenLine, works: bool) -> AnyView {
    match (works, token.revoked_at) {
        (true, _) => view! { <Pill tone=Tone::Good>"Active"</Pill> }.into_any(),
        (false, Some(at)) => view! { <Pill>{format!("Revoked {}", format::date(at))}</Pill> }.into_any(),
        (false, None) => view! { <Pill tone=Tone::Warn>"Expired"</Pill> }.into_any(),
    }
}

fn moment(at: Option<DateTime<Utc>>, write: impl Fn(DateTime<Utc>) -> String) -> AnyView {
    match at {
        Some(at) => view! { <Moment at=at text=write(at)/> }.into_any(),
        None => "never".into_any(),
    }
}
