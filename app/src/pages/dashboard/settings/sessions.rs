//! Where a person is signed in, and signing out elsewhere.

use crate::error::AppError;
use crate::ui::form::after;
use crate::ui::{Moment, Pill, Refused, Retry, Skeleton, TableWrap, Tone, format, use_toasts};
use chrono::{DateTime, Utc};
use domain::account::SessionInfo;
use leptos::prelude::*;
use uuid::Uuid;

/// The reader's sessions, and the server's time.
#[server]
pub async fn load_sessions() -> Result<(Vec<SessionInfo>, DateTime<Utc>), AppError> {
    use crate::session::server::{now, signed_in};
    let actor = signed_in().await?;
    Ok((crate::portal::store()?.sessions(&actor, now()).await?, now()))
}

/// Ends one of the reader's sessions.
#[server(EndSession)]
pub async fn end_session(id: Uuid) -> Result<(), AppError> {
    let actor = crate::session::server::signed_in().await?;
    let found = crate::portal::store()?.revoke_session(actor.person.id, id).await?;
    found.then_some(()).ok_or_else(|| AppError::NotFound.raise())
}

/// Ends all of them but this one.
#[server(EndOtherSessions)]
pub async fn end_other_sessions() -> Result<(), AppError> {
    let actor = crate::session::server::signed_in().await?;
    crate::portal::store()?.revoke_other_sessions(actor.person.id, actor.session_id).await?;
    Ok(())
}

#[component]
pub fn Sessions() -> impl IntoView {
    let end = ServerAction::<EndSession>::new();
    let end_others = ServerAction::<EndOtherSessions>::new();
    let toasts = use_toasts();
    after(end, move |()| toasts.say("That browser is signed out."));
    after(end_others, move |()| toasts.say("Signed out everywhere else. Only this browser is signed in."));
    let list = Resource::new_blocking(move || (end.version().get(), end_others.version().get()), |_| load_sessions());
    view! {
        <Refused action=end fields=&[]/>
        <Refused action=end_others fields=&[]/>
        <Transition fallback=|| view! { <Skeleton rows=2/> }>
            {move || list.get().map(|answer| match answer {
                Ok((list, now)) => view! { <SessionTable list now end end_others/> }.into_any(),
                Err(error) => view! { <Retry error on_retry=Callback::new(move |()| list.refetch())/> }.into_any(),
            })}
        </Transition>
    }
}

#[component]
fn SessionTable(
    list: Vec<SessionInfo>,
    now: DateTime<Utc>,
    end: ServerAction<EndSession>,
    end_others: ServerAction<EndOtherSessions>,
) -> impl IntoView {
    let elsewhere = list.iter().any(|session| !session.current);
    let rows = list.into_iter().map(move |session| {
        let browser = browser_of(&session.user_agent);
        let label = format!("Sign out {browser}");
        let action = match session.current {
            true => view! { <Pill tone=Tone::Good>"This one"</Pill> }.into_any(),
            false => view! {
                <ActionForm action=end>
                    <input type="hidden" name="id" value=session.id.to_string()/>
                    <button class="btn sm" aria-label=label>"Sign out"</button>
                </ActionForm>
            }
            .into_any(),
        };
        view! {
            <tr>
                <td title=session.user_agent.clone()>{browser}<div class="xs faint mono">{session.address.clone()}</div></td>
                <td><Moment at=session.last_seen_at text=format::when(session.last_seen_at, now)/></td>
                <td class="r">{action}</td>
            </tr>
        }
    });
    view! {
        <TableWrap label="Sessions">
            <table>
                <thead><tr><th>"Browser"</th><th>"Last seen"</th><th><span class="unseen">"Actions"</span></th></tr></thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
        </TableWrap>
        {elsewhere.then(|| view! { <ActionForm action=end_others><button class="btn sm">"Sign out everywhere else"</button></ActionForm> })}
    }
}

/// The browser and system that a User-Agent header names, as far as people care.
fn browser_of(agent: &str) -> String {
    let first = |names: &[(&str, &str)]| names.iter().find(|(mark, _)| agent.contains(mark)).map(|(_, name)| (*name).to_owned());
    let browser = first(&[("Edg/", "Edge"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"), ("curl/", "curl")]);
    let system = first(&[("Android", "Android"), ("iPhone", "iPhone"), ("Windows", "Windows"), ("Mac OS", "macOS"), ("Linux", "Linux")]);
    match (browser, system) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(name), None) | (None, Some(name)) => name,
        (None, None) => "Unknown browser".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::browser_of;

    #[test]
    fn browsers_are_named_by_what_sets_them_apart() {
        let chrome = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36";
        assert_eq!(browser_of(chrome), "Chrome on Linux");
        assert_eq!(browser_of("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1"), "Safari on iPhone");
        assert_eq!(browser_of(""), "Unknown browser");
    }
}
