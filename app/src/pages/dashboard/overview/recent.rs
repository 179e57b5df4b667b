//! The newest calls.

use super::board::Board;
use crate::live::Line;
use crate::pages::dashboard::requests::alone;
use crate::ui::{Card, Glyph, Icon, Moment, Pill, TableWrap, Tone, Verb, format};
use domain::usage::Call;
use leptos::prelude::*;

#[component]
pub fn RecentCalls(board: RwSignal<Board>) -> impl IntoView {
    let rows = move || board.with(|board| board.recent.iter().map(|call| call_row(call, board.name(&call.product_id))).collect_view());
    let all = move || {
        view! {
            <span class="row"><Pill tone=Tone::Good>"live"</Pill><a class="btn sm quiet" href="/dashboard/requests">"All requests"<Icon name=Glyph::ArrowRight size=13/></a></span>
        }
    };
    view! {
        <Card title="Requests" actions=all>
            <TableWrap label="Newest requests" facts=true>
                <table>
                    <thead><tr><th>"Time (UTC)"</th><th>"Call"</th><th>"API"</th><th>"Status"</th><th class="r">"Took"</th></tr></thead>
                    <tbody>{rows}</tbody>
                </table>
            </TableWrap>
        </Card>
    }
}

/// One call in a table: when, what, how it ended, how long it took. It leads to the call in the log.
fn call_row(call: &Call, product: String) -> AnyView {
    let line = Line::from(call);
    let link = view! { <a class="row tight opens" href=alone(line.id)>{called(&line)}</a> };
    view! { <tr>{call_cells(&line, product, link.into_any())}</tr> }.into_any()
}

/// What was called.
pub fn called(line: &Line) -> AnyView {
    if let Some(name) = unaddressed(line) {
        return view! { <span class="row tight called"><span class="clip">{name}</span></span> }.into_any();
    }
    let (method, path) = (line.method.clone(), line.path.clone());
    view! { <span class="row tight called"><Verb method=method/><span class="mono clip">{path}</span></span> }.into_any()
}

/// What stands for a call without method and path, which other gateways need not report.
pub fn unaddressed(line: &Line) -> Option<String> {
    let is_bare = line.method.is_empty() && line.path.is_empty();
    let name = if line.operation.is_empty() { "Reported call" } else { line.operation.as_str() };
    is_bare.then(|| name.to_owned())
}

/// The cells of a call's row; `call` is what stands for [`called`].
pub fn call_cells(line: &Line, product: String, call: AnyView) -> AnyView {
    let Line { at, status, .. } = *line;
    view! {
        <td class="num" data-unit="UTC"><Moment at=at text=format::date_and_time(at)/></td>
        <td class="name">{call}</td>
        <td class="given">{product}</td>
        <td class="state"><Pill tone=Tone::of_status(status)>{status.to_string()}</Pill></td>
        <td class="r" data-label="Took">{line.took()}</td>
    }
    .into_any()
}
