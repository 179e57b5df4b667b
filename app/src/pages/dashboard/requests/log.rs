//! The calls themselves.

use super::address::{self, Asked};
use super::details::{Details, Named};
use super::follow::{Following, follow};
use super::offered::Offered;
use super::{HERE, PAGE, Requests, Wanted};
use crate::live::Line;
use crate::pages::dashboard::overview::{call_cells, called};
use crate::ui::{Empty, Glyph, Icon, Note, Pager, TableWrap, Tone, format};
use domain::usage::{CallFilter, Rest};
use leptos::ev::MouseEvent;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use uuid::Uuid;

/// The most calls that are shown while more come; the oldest go.
const MOST: usize = 4 * PAGE as usize;

/// A call in the list.
#[derive(Debug, Clone, PartialEq)]
struct Row {
    line: Line,
    /// It came while somebody looked.
    came: bool,
}

/// What follows the calls that are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Behind {
    Nothing,
    /// There are older ones.
    More,
    /// There may be older ones, which were not searched.
    Unsearched(Rest),
}

impl From<&Requests> for Behind {
    fn from(requests: &Requests) -> Self {
        match requests.rest {
            _ if requests.more => Self::More,
            Some(rest) => Self::Unsearched(rest),
            None => Self::Nothing,
        }
    }
}

impl Behind {
    fn unsearched(self) -> Option<Rest> {
        match self {
            Self::Unsearched(rest) => Some(rest),
            Self::Nothing | Self::More => None,
        }
    }
}

/// The calls that are shown, newest first.
#[derive(Clone, Copy)]
pub struct Log {
    rows: RwSignal<Vec<Row>>,
    behind: RwSignal<Behind>,
    /// New ones come into it later.
    waiting: RwSignal<bool>,
}

impl Log {
    fn new(requests: &Requests) -> Self {
        let rows = requests.calls.iter().map(|call| Row { line: Line::from(call), came: false }).collect();
        Self { rows: RwSignal::new(rows), behind: RwSignal::new(requests.into()), waiting: RwSignal::new(requests.waiting) }
    }

    /// Adds a call that came.
    pub fn add(self, line: Line) {
        let full = self.rows.try_update(|rows| {
            insert(rows, Row { line, came: true });
            rows.len() > MOST
        });
        if full == Some(true) {
            self.rows.update(|rows| rows.truncate(MOST));
            self.behind.set(Behind::More);
        }
    }

    /// Takes the newest calls as the database has them; what is older and follows them without a gap stays.
    pub fn renew(self, requests: &Requests) {
        let newest = requests.calls.iter().map(Line::from).collect();
        if let Some(Some(behind)) = self.rows.try_update(|rows| join(rows, newest, requests.into())) {
            self.behind.try_set(behind);
        }
        self.wait(requests.waiting);
    }

    /// Says that new calls come later, or that they do not any more.
    pub fn wait(self, waiting: bool) {
        self.waiting.try_set(waiting);
    }
}

/// Puts a call where it belongs, once.
fn insert(rows: &mut Vec<Row>, row: Row) {
    if let Err(place) = rows.binary_search_by(|known| row.line.id.cmp(&known.line.id)) {
        rows.insert(place, row);
    }
}

/// Adds the newest calls, and says what follows the list then; nothing where that is as before. With calls behind the newest ones that
/// nobody has seen, what is older than the gap goes.
fn join(rows: &mut Vec<Row>, newest: Vec<Line>, behind: Behind) -> Option<Behind> {
    let touches = newest.iter().any(|line| rows.iter().any(|row| row.line.id == line.id));
    let oldest = newest.last().map(|line| line.id);
    let before = rows.len();
    if let Some(oldest) = oldest.filter(|_| behind != Behind::Nothing && !touches) {
        rows.retain(|row| row.line.id > oldest);
    }
    let has_gap = rows.len() < before;
    newest.into_iter().for_each(|line| insert(rows, Row { line, came: true }));
    let ends_with_them = rows.last().map(|row| row.line.id) == oldest;
    match behind {
        _ if has_gap => Some(Behind::More),
        Behind::Nothing => Some(behind),
        Behind::More | Behind::Unsearched(_) => ends_with_them.then_some(behind),
    }
}

#[component]
pub fn Listed(requests: Requests, offered: Offered, filter: CallFilter, wanted: Wanted) -> impl IntoView {
    let log = Log::new(&requests);
    let Wanted { asked, open, following } = wanted;
    follow(following, filter.clone(), log);
    let named = StoredValue::new(Named::from(offered));
    let opening = Opening::new(filter.clone(), open, following);
    let none = Memo::new(move |_| log.rows.with(Vec::is_empty));
    let last = Memo::new(move |_| log.rows.with(|rows| rows.last().map(|row| row.line.id)).filter(|_| log.behind.get() == Behind::More));
    // By itself: the table is not drawn anew because there is more behind it.
    let rest = Memo::new(move |_| log.behind.get().unsearched());
    let wrong = Memo::new(move |_| asked.with(Asked::at_fault));
    let waiting = Memo::new(move |_| log.waiting.get());
    let list = move || {
        if wrong.with(|fields| !fields.is_empty()) {
            return not_searched(&wrong.get());
        }
        let rest = rest.get();
        if none.get() {
            return match rest {
                Some(rest) => searched(&filter, rest),
                None => nothing(filter.id.is_some()),
            };
        }
        let older = rest.map(|rest| searched(&filter, rest));
        let asked = filter.clone();
        view! {
            <TableWrap label="Requests" facts=true>
                <table>
                    <thead><tr><th>"Time (UTC)"</th><th>"Call"</th><th>"API"</th><th>"Status"</th><th class="r">"Took"</th></tr></thead>
                    <tbody>
                        <For each=move || log.rows.get() key=|row| row.line.id let:row>
                            <Entry row named opening/>
                        </For>
                    </tbody>
                </table>
            </TableWrap>
            {older}
            {move || pager(&asked, last.get())}
        }
        .into_any()
    };
    view! {
        {move || waiting.get().then(later)}
        {list}
    }
}

/// Calls are answered and do not appear: why, and that they will.
fn later() -> AnyView {
    view! {
        <div class="over-list">
            <Note tone=Tone::Info live=true>
                <span><b>"New calls arrive late. "</b>"A part of the portal is cut off from the log. Calls are answered, counted and kept as ever; they appear here once the connection is back."</span>
            </Note>
        </div>
    }
    .into_any()
}

/// How rows open: in place, by an address, so that it works before the page answers and Back closes again.
#[derive(Clone, Copy)]
struct Opening {
    filter: StoredValue<CallFilter>,
    open: Memo<Option<Uuid>>,
    following: Following,
    go: Callback<String>,
}

impl Opening {
    fn new(filter: CallFilter, open: Memo<Option<Uuid>>, following: Following) -> Self {
        let navigate = use_navigate();
        let go = move |address: String| {
            navigate(&address, NavigateOptions { scroll: false, ..NavigateOptions::default() });
        };
        Self { filter: StoredValue::new(filter), open, following, go: Callback::new(go) }
    }

    /// Whether it is the one call that was asked for, which stays open.
    fn is_alone(self, id: Uuid) -> bool {
        self.filter.try_with_value(|filter| filter.id == Some(id)).unwrap_or_default()
    }

    fn is_open(self, id: Uuid) -> bool {
        self.open.get() == Some(id) || self.is_alone(id)
    }

    /// Opens the call, or closes it.
    fn address(self, id: Uuid) -> String {
        let open = (!self.is_open(id)).then_some(id);
        self.filter.try_with_value(|filter| address::opened(filter, self.following.is_on(), open)).unwrap_or_default()
    }
}

/// A call's row, and below it its details where it is open.
#[component]
fn Entry(row: Row, named: StoredValue<Named>, opening: Opening) -> impl IntoView {
    let Row { line, came } = row;
    let id = line.id;
    let href = Memo::new(move |_| opening.address(id));
    let is_open = Memo::new(move |_| opening.is_open(id));
    let toggle = move |event: MouseEvent| {
        if !opening.is_alone(id) && is_plain(&event) {
            event.prevent_default();
            opening.go.run(href.get_untracked());
        }
    };
    let product = named.with_value(|named| named.product(&line.product));
    let call = if opening.is_alone(id) { called(&line) } else { opener(&line, href, is_open) };
    let cells = call_cells(&line, product, call);
    view! {
        <tr id=id.to_string() class:came=came on:click=toggle>{cells}</tr>
        {move || is_open.get().then(|| view! { <tr class="opened"><td colspan="5"><Details line=line.clone() named/></td></tr> })}
    }
}

/// The link of a row. Followed without script it leads to the row; with script the whole row does as the link does, in place.
fn opener(line: &Line, href: Memo<String>, is_open: Memo<bool>) -> AnyView {
    let id = line.id;
    let to_row = move || href.with(|href| format!("{href}#{id}"));
    let expanded = move || if is_open.get() { "true" } else { "false" };
    view! {
        <a class="row tight opens" href=to_row aria-expanded=expanded>
            {called(line)}<Icon name=Glyph::ChevronRight size=13/>
        </a>
    }
    .into_any()
}

/// A click that means the row: for nothing in a new window, and not the end of marking text.
fn is_plain(event: &MouseEvent) -> bool {
    let marks_text = || window().get_selection().ok().flatten().is_some_and(|marked| !marked.is_collapsed());
    event.button() == 0 && !(event.ctrl_key() || event.meta_key() || event.shift_key() || event.alt_key() || marks_text())
}

/// Fields of the filter cannot be used: they say so themselves.
fn not_searched(fields: &str) -> AnyView {
    let text = format!("A part of the filter cannot be used. See the message at {fields}.");
    view! {
        <Empty icon=Glyph::Filter title="Nothing was searched" text>
            <a class="btn sm" href=HERE>"Clear the filter"</a>
        </Empty>
    }
    .into_any()
}

fn nothing(for_id: bool) -> AnyView {
    if for_id {
        let text =
            "No call of your organisation that is still kept has it. A call whose key nobody knows is nobody's, and stands in no log.";
        return view! {
            <Empty icon=Glyph::Search title="No call has this id" text>
                <a class="btn sm" href=HERE>"All requests"</a>
            </Empty>
        }
        .into_any();
    }
    view! { <Empty icon=Glyph::List title="No calls here" text="No call matches so far. Clear a part of the filter to see others."/> }
        .into_any()
}

/// How far the search went, and the way on.
fn searched(filter: &CallFilter, rest: Rest) -> AnyView {
    let title = format!("Searched back to {} UTC", format::date_and_time(rest.since));
    let older = address::page(filter, Some(rest.before));
    view! {
        <Empty icon=Glyph::List title text="Calls that match are rare. Older ones are searched when you ask for them.">
            <a class="btn sm" href=older rel="next">"Search older calls"</a>
        </Empty>
    }
    .into_any()
}

fn pager(filter: &CallFilter, last: Option<Uuid>) -> AnyView {
    let first = filter.before.map(|_| address::page(filter, None));
    let next = last.map(|id| address::page(filter, Some(id)));
    (first.is_some() || next.is_some()).then(|| view! { <Pager previous=first next=next/> }).into_any()
}

#[cfg(test)]
mod tests {
    use super::super::scene::answered;
    use super::*;
    use chrono::DateTime;

    fn line(id: u128) -> Line {
        Line { id: Uuid::from_u128(id), ..answered() }
    }

    fn rows(ids: &[u128]) -> Vec<Row> {
        ids.iter().map(|id| Row { line: line(*id), came: false }).collect()
    }

    fn ids(rows: &[Row]) -> Vec<u128> {
        rows.iter().map(|row| row.line.id.as_u128()).collect()
    }

    #[test]
    fn a_call_stands_in_its_place_once() {
        let mut shown = rows(&[7, 3]);
        for id in [9, 5, 7, 1, 9] {
            insert(&mut shown, Row { line: line(id), came: true });
        }
        assert_eq!(ids(&shown), [9, 7, 5, 3, 1]);
    }

    /// The ids in a list that newer calls joined, and what follows it.
    fn joined(shown: &[u128], new: &[u128], behind: Behind) -> (Vec<u128>, Option<Behind>) {
        let mut shown = rows(shown);
        let then = join(&mut shown, new.iter().map(|id| line(*id)).collect(), behind);
        (ids(&shown), then)
    }

    #[test]
    fn the_list_never_skips_calls_in_between() {
        let list = |shown: &[u128], new: &[u128], behind| joined(shown, new, behind).0;
        assert_eq!(list(&[3, 2], &[5, 4, 3], Behind::More), [5, 4, 3, 2], "they touch");
        assert_eq!(list(&[3, 2], &[9, 8], Behind::More), [9, 8], "nobody knows what lies between 8 and 3");
        assert_eq!(list(&[10, 3], &[9, 8], Behind::More), [10, 9, 8], "what came meanwhile stays");
        assert_eq!(list(&[3], &[5, 4], Behind::Nothing), [5, 4, 3], "there is nothing else");
        assert_eq!(list(&[], &[], Behind::Nothing), [0; 0]);
    }

    #[test]
    fn what_went_can_be_paged_to() {
        let unsearched = Behind::Unsearched(Rest { since: DateTime::UNIX_EPOCH, before: Uuid::from_u128(7) });
        let then = |shown: &[u128], new: &[u128], behind| joined(shown, new, behind).1;
        assert_eq!(then(&[3, 2], &[9, 8], Behind::More), Some(Behind::More));
        assert_eq!(then(&[3, 2], &[9, 8], unsearched), Some(Behind::More), "older ones were seen");
        assert_eq!(then(&[3, 2], &[5, 4, 3], Behind::More), None, "the list ends as before");
        assert_eq!(then(&[], &[9, 8], Behind::More), Some(Behind::More));
        assert_eq!(then(&[10], &[9, 8], unsearched), Some(unsearched));
        assert_eq!(then(&[3], &[5, 4], Behind::Nothing), Some(Behind::Nothing));
    }
}
