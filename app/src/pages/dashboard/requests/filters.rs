//! The form that narrows the list: plain fields, a plain GET. A choice counts at once, what is typed with the button; on a phone the fields
//! are folded away.

use super::HERE;
use super::address::{Asked, label};
use super::follow::Following;
use super::offered::Offered;
use crate::ui::form::framed;
use crate::ui::{Ask, Glyph, Icon};
use leptos::prelude::*;

/// What the status may be: a class, or one of those that callers look for: the gateway's own refusals, and what an API finds wrong. An
/// address may ask for any other.
const STATUSES: [(&str, &str); 11] = [
    ("", "Any status"),
    ("1", "1xx"),
    ("2", "2xx"),
    ("3", "3xx"),
    ("4", "4xx"),
    ("5", "5xx"),
    ("401", "401"),
    ("403", "403"),
    ("404", "404"),
    ("422", "422"),
    ("429", "429"),
];

#[component]
pub fn Filters(asked: Memo<Asked>, offered: Offered, following: Following) -> impl IntoView {
    let environments = [("", "Live and test"), ("live", "Live"), ("test", "Test")].map(owned).to_vec();
    let statuses = STATUSES.map(owned).to_vec();
    let products = std::iter::once(owned(("", "All APIs"))).chain(offered.products).collect();
    let keys = offered.keys.into_iter().map(|(id, name)| (id.to_string(), name));
    let keys = std::iter::once(owned(("", "All keys"))).chain(keys).collect();
    let called = offered.operations.into_iter().map(|operation| view! { <option value=operation></option> }).collect_view();
    let fields = Memo::new(move |_| asked.with(Asked::fields));
    let said = move || match fields.get() {
        0 => "Filter".to_owned(),
        set => format!("Filter ({set})"),
    };
    view! {
        <details class="fold" open=move || asked.with(Asked::is_wrong)>
            <summary class="btn sm"><Icon name=Glyph::Filter size=13/><span>{said}</span></summary>
            <Ask action=HERE class="filters" at_once=true>
                <Choose name="env" options=environments asked/>
                <Choose name="product" options=products asked/>
                <Typed name="operation" asked list="operations" placeholder="Any, or a part of its id"/>
                <Choose name="key" options=keys asked/>
                <Choose name="status" options=statuses asked/>
                <Typed name="from" asked kind="datetime-local"/>
                <Typed name="to" asked kind="datetime-local"/>
                <Typed name="request" asked placeholder="An answer's X-Request-Id"/>
                // Whoever follows goes on following what the filter lets through.
                {move || following.is_on().then(|| view! { <input type="hidden" name="live" value="1"/> })}
                <div class="row tight end">
                    {move || (fields.get() > 0).then(|| view! { <a class="btn sm quiet" href=HERE>"Clear"</a> })}
                    <button class="btn sm">"Apply"</button>
                </div>
            </Ask>
            <datalist id="operations">{called}</datalist>
        </details>
    }
}

fn owned((value, label): (&str, &str)) -> (String, String) {
    (value.to_owned(), label.to_owned())
}

/// A field as the address has it. The form outlives the calls below it, so that what it shows follows the address.
#[derive(Clone, Copy)]
struct Field {
    name: &'static str,
    value: Memo<String>,
    error: Signal<Option<String>>,
}

impl Field {
    fn new(name: &'static str, asked: Memo<Asked>) -> Self {
        let value = Memo::new(move |_| asked.with(|asked| asked.typed(name)));
        Self { name, value, error: Signal::derive(move || asked.with(|asked| asked.wrong(name))) }
    }

    /// The id of what says what is wrong with it.
    fn help(self) -> String {
        format!("{}-help", self.name)
    }

    fn invalid(self) -> Option<&'static str> {
        self.error.with(Option::is_some).then_some("true")
    }

    fn framed(self, control: AnyView) -> AnyView {
        framed(label(self.name).to_owned(), self.name.to_owned(), None, self.error, control)
    }
}

/// One of several. What the address asks for is chosen also where it is none of them.
#[component]
fn Choose(name: &'static str, options: Vec<(String, String)>, asked: Memo<Asked>) -> impl IntoView {
    let field = Field::new(name, asked);
    let known: Vec<String> = options.iter().map(|(value, _)| value.clone()).collect();
    let besides = Memo::new(move |_| field.value.with(|value| unlisted(value, &known)));
    let chosen = field.value.get_untracked();
    let options = options.into_iter().map(|(each, text)| {
        let selected = each == chosen;
        view! { <option value=each selected=selected>{text}</option> }
    });
    let options = options.collect_view();
    let control = view! {
        <select
            class="input sm"
            id=name
            name=name
            aria-describedby=field.help()
            aria-invalid=move || field.invalid()
            prop:value=move || field.value.get()
        >
            {options}
            // Made anew for each, since only an option that comes in is chosen by its attribute.
            <For each=move || besides.get() key=|value| value.clone() let:value>
                <option value=value.clone() selected=true>{value.clone()}</option>
            </For>
        </select>
    };
    field.framed(control.into_any())
}

/// What is asked for and is none of what a list knows.
fn unlisted(value: &str, known: &[String]) -> Option<String> {
    (!known.iter().any(|each| each == value)).then(|| value.to_owned())
}

/// Something that is typed.
#[component]
fn Typed(
    name: &'static str,
    asked: Memo<Asked>,
    #[prop(default = "text")] kind: &'static str,
    #[prop(optional)] placeholder: Option<&'static str>,
    /// The id of the list of what may be meant.
    #[prop(optional)]
    list: Option<&'static str>,
) -> impl IntoView {
    let field = Field::new(name, asked);
    // An address may name seconds; a field for moments shows them only then.
    let step = (kind == "datetime-local").then_some("any");
    let control = view! {
        <input
            class="input sm"
            type=kind
            step=step
            id=name
            name=name
            list=list
            value=field.value.get_untracked()
            prop:value=move || field.value.get()
            placeholder=placeholder
            autocomplete="off"
            spellcheck="false"
            aria-describedby=field.help()
            aria-invalid=move || field.invalid()
        />
    };
    field.framed(control.into_any())
}

#[cfg(test)]
mod tests {
    use super::unlisted;

    #[test]
    fn what_a_list_does_not_know_is_chosen_all_the_same() {
        let known = ["", "rates"].map(str::to_owned);
        assert_eq!([unlisted("", &known), unlisted("rates", &known)], [None, None]);
        assert_eq!(unlisted("labels", &known).as_deref(), Some("labels"));
    }
}
