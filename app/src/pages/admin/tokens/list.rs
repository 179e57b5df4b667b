//! The list of tokens.

use super::TokenLine;
use crate::error::AppError;
use crate::pages::admin::feedback::after;
use crate::ui::{Card, Empty, Glyph, Moment, Pill, Refused, TableWrap, Tone, format};
use chrono::{DateTime, Utc};
use leptos::prelude::*;
use uuid::Uuid;

/// Makes a token stop working at once.
#[server(RevokeToken)]
pub async fn revoke_token(id: Uuid) -> Result<(), AppError> {
    use crate::session::server::{now, require_admin};
    let by = domain::event::By::person(&require_admin().await?.person);
    if !crate::portal::store()?.revoke_token(id, &by, now()).await? {
        return Err(AppError::NotFound.raise());
    }
    Ok(())
}

#[component]
pub fn TokenList(tokens: Vec<TokenLine>, now: DateTime<Utc>, changed: Callback<()>) -> impl IntoView {
    let revoke = ServerAction::<RevokeToken>::new();
    after(revoke, changed, |()| "Token revoked. Pipelines that use it are refused from now on.".to_owned());
    if tokens.is_empty() {
        return view! { <Card title="Tokens"><Empty icon=Glyph::Key title="No tokens yet" text="Each pipeline's token appears here with its last use."/></Card> }
            .into_any();
    }
    view! {
        <Card title="Tokens">
            <Refused action=revoke fields=&[]/>
            <TableWrap label="Tokens">
                <table>
                    <thead><tr>
                        <th scope="col">"Token"</th><th scope="col">"State"</th><th scope="col">"Made by"</th><th scope="col">"Last used (UTC)"</th>
                        <th scope="col">"Expires (UTC)"</th><th scope="col"><span class="unseen">"Actions"</span></th>
                    </tr></thead>
                    <tbody>{tokens.iter().map(|token| row(token, now, revoke)).collect_view()}</tbody>
                </table>
            </TableWrap>
        </Card>
    }
    .into_any()
}

fn row(token: &TokenLine, now: DateTime<Utc>, revoke: ServerAction<RevokeToken>) -> AnyView {
    let works = token.revoked_at.is_none() && token.expires_at.is_none_or(|at| at > now);
    let label = format!("Revoke {}", token.name);
    let id = token.id.to_string();
    let end = works.then(|| {
        view! {
            <ActionForm action=revoke>
                <input type="hidden" name="id" value=id/>
                <button class="btn sm quiet danger" aria-label=label disabled=revoke.pending()>"Revoke"</button>
            </ActionForm>
        }
    });
    view! {
        <tr>
            <td><b>{token.name.clone()}</b>" "<span class="dim sm">{token.allows.clone()}</span></td>
            <td>{state(token, works)}</td>
            <td>{token.created_by.clone()}</td>
            <td>{moment(token.last_used_at, |at| format::when(at, now))}</td>
            <td>{moment(token.expires_at, format::full_date)}</td>
            <td class="r">{end}</td>
        </tr>
    }
    .into_any()
}

fn state(token: &TokenLine, works: bool) -> AnyView {
    match (works, token.revoked_at) {
        (true, _) => view! { <Pill tone=Tone::Good>"Works"</Pill> }.into_any(),
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
