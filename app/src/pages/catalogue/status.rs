//! How the APIs are doing: what the gateway measured in the last 24 hours, and nothing else.

use super::trouble::Failed;
use crate::error::AppError;
use crate::ui::{Empty, Glyph, Pill, Skeleton, TableWrap, Tone, format};
use domain::usage::{Counts, Latency};
use leptos::prelude::*;
use leptos_meta::{Meta, Title};
use serde::{Deserialize, Serialize};

/// Fewer answered calls than this say nothing about a product.
const ENOUGH: i64 = 20;

/// One product's last 24 hours of live calls, over all partners.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    pub id: String,
    pub name: String,
    pub counts: Counts,
    pub latency: Option<Latency>,
}

/// What the numbers say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    /// Too few calls to tell.
    Unknown,
    Well,
    /// At least one answer in a hundred was an error of the upstream.
    Disturbed,
    /// At least one in ten.
    Failing,
}

impl Verdict {
    fn of(counts: Counts) -> Self {
        let answered = counts.answered();
        if answered < ENOUGH {
            Self::Unknown
        } else if counts.error * 10 >= answered {
            Self::Failing
        } else if counts.error * 100 >= answered {
            Self::Disturbed
        } else {
            Self::Well
        }
    }

    fn label(self) -> (Tone, &'static str) {
        match self {
            Self::Unknown => (Tone::Plain, "Too few calls to tell"),
            Self::Well => (Tone::Good, "Working"),
            Self::Disturbed => (Tone::Warn, "Disturbed"),
            Self::Failing => (Tone::Bad, "Failing"),
        }
    }
}

/// The last 24 hours of every product that the visitor may see.
#[server]
pub async fn load_measured() -> Result<Vec<Measured>, AppError> {
    use super::source;
    use crate::session::server;
    let store = crate::portal::store()?;
    let mut rows = Vec::new();
    for product in store.catalogue(server::partner().await?).await? {
        let day = store.overview(&source::last_day(&product.id, server::now())).await?;
        rows.push(Measured { id: product.id, name: product.name, counts: day.counts, latency: day.latency });
    }
    rows.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(rows)
}

/// The page at `/status`.
#[component]
pub fn StatusPage() -> impl IntoView {
    let rows = Resource::new_blocking(|| (), |()| load_measured());
    view! {
        <Title text="Status"/>
        <Meta name="description" content="How the APIs are doing, from the live calls of the last 24 hours."/>
        <main id="main" class="page">
            <div class="pagehead"><div>
                <h1>"Status"</h1>
                <p class="dim">
                    "What the gateway measured on live calls of the last 24 hours, over all partners. It is not a promise and not a probe: where nobody called, nothing is known."
                </p>
            </div></div>
            <Suspense fallback=|| view! { <Skeleton rows=6/> }>
                {move || Suspend::new(async move {
                    match rows.await {
                        Ok(rows) if rows.is_empty() => {
                            view! { <Empty icon=Glyph::Package title="No API is published yet" text="Each published API appears here with what the gateway measured."/> }.into_any()
                        }
                        Ok(rows) => view! { <Table rows/> }.into_any(),
                        Err(error) => view! { <Failed error/> }.into_any(),
                    }
                })}
            </Suspense>
        </main>
    }
}

#[component]
fn Table(rows: Vec<Measured>) -> impl IntoView {
    let rows = rows.into_iter().map(row).collect_view();
    view! {
        <section class="card">
            <TableWrap label="The last 24 hours">
                <table>
                    <thead>
                        <tr><th scope="col">"API"</th><th scope="col">"State"</th><th scope="col" class="r">"Calls answered"</th><th scope="col" class="r">"Upstream errors"</th><th scope="col" class="r">"Half within"</th><th scope="col" class="r">"95 % within"</th></tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </TableWrap>
        </section>
    }
}

fn row(measured: Measured) -> impl IntoView {
    let (tone, label) = Verdict::of(measured.counts).label();
    let answered = measured.counts.answered();
    let errors = if answered == 0 { "–".to_owned() } else { share(measured.counts.error, answered) };
    let time = |pick: fn(Latency) -> f64| measured.latency.map_or_else(|| "–".to_owned(), |latency| format::ms(pick(latency)));
    view! {
        <tr>
            <th scope="row"><a href=format!("/apis/{}", measured.id)>{measured.name}</a></th>
            <td><Pill tone=tone>{label}</Pill></td>
            <td class="r">{format::number(answered)}</td>
            <td class="r">{errors}</td>
            <td class="r">{time(|l| l.p50_ms)}</td>
            <td class="r">{time(|l| l.p95_ms)}</td>
        </tr>
    }
}

/// `12 (0.3 %)`: the number that was counted, and its share.
fn share(part: i64, whole: i64) -> String {
    let tenths = (part * 2_000 + whole) / (2 * whole);
    format!("{} ({}.{} %)", format::number(part), tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(success: i64, error: i64) -> Counts {
        Counts { success, error, ..Counts::default() }
    }

    #[test]
    fn the_verdict_needs_enough_calls() {
        assert_eq!(Verdict::of(counts(0, 19)), Verdict::Unknown);
        assert_eq!(Verdict::of(counts(20, 0)), Verdict::Well);
        assert_eq!(Verdict::of(counts(991, 9)), Verdict::Well);
        assert_eq!(Verdict::of(counts(990, 10)), Verdict::Disturbed);
        assert_eq!(Verdict::of(counts(90, 10)), Verdict::Failing);
    }

    #[test]
    fn a_share_is_rounded_to_a_tenth() {
        assert_eq!(share(1, 3), "1 (33.3 %)");
        assert_eq!(share(2, 3), "2 (66.7 %)");
        assert_eq!(share(0, 1_200), "0 (0.0 %)");
    }
}
