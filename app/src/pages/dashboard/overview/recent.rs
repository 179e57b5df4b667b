//! The newest calls.

use super::board::Board;
use crate::live::Line;
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
            <TableWrap label="Newest requests">
                <table>
                    <thead><tr><th>"Time (UTC)"</th><th>"Call"</th><th>"API"</th><th>"Status"</th><th class="r">"Took"</th></tr></thead>
                    <tbody>{rows}</tbody>
                </table>
            </TableWrap>
        </Card>
    }
}

/// One call in a table: when, what, how it ended, how long it took.
fn call_row(call: &Call, product: String) -> AnyView {
    view! { <tr>{call_cells(&Line::from(call), product)}</tr> }.into_any()
}

/// The cells of its row.
pub fn call_cells(line: &Line, product: String) -> AnyView {
    let Line { at, status, latency_ms, .. } = *line;
    let (method, path) = (line.method.clone(), line.path.clone());
    view! {
        <td class="num"><Moment at=at text=format::date_and_time(at)/></td>
        <td><span class="row tight"><Verb method=method/><span class="mono clip">{path}</span></span></td>
        <td>{product}</td>
        <td><Pill tone=Tone::of_status(status)>{status.to_string()}</Pill></td>
        <td class="r">{format::ms(latency_ms)}</td>
    }
    .into_any()
}
