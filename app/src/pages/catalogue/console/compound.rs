//! Fields that hold fields: objects, lists, and the choice between shapes.

use super::desk::Desk;
use super::field::{Field, Labels};
use super::lens::Lens;
use super::ticks::ticks;
use crate::ui::{Glyph, Icon};
use leptos::prelude::*;
use serde_json::Value;
use spec::request::Place;
use spec::validate::{Purpose, check_for};
use spec::{Discriminator, Kind, Property, Schema, Schemas, sample};

/// Up to so many values are boxes to tick.
const TICKED: usize = 12;

/// Where a field with fields inside is.
#[derive(Clone)]
pub struct At {
    pub desk: Desk,
    pub lens: Lens,
    /// In the body; `None` inside a parameter.
    pub pointer: Option<String>,
    /// Fields around it.
    pub depth: u8,
}

impl At {
    /// The field inside under a name or number, its place and its problem.
    fn inside(&self, lens: Lens, step: &str, schema: Schema, labels: Labels) -> AnyView {
        let pointer = self.pointer.as_ref().map(|p| format!("{p}/{}", step.replace('~', "~0").replace('/', "~1")));
        let (desk, place) = (self.desk, pointer.clone().map(Place::Body));
        let problem = Signal::derive(move || {
            let place = place.as_ref()?;
            desk.problems.with(|all| all.iter().find(|p| p.place == *place).map(|p| p.message.clone()))
        });
        field(Self { desk, lens, pointer, depth: self.depth + 1 }, schema, labels, problem)
    }
}

fn field(at: At, schema: Schema, labels: Labels, problem: Signal<Option<String>>) -> AnyView {
    let At { desk, lens, pointer, depth } = at;
    match pointer {
        Some(pointer) => view! { <Field desk schema lens labels problem pointer depth/> }.into_any(),
        None => view! { <Field desk schema lens labels problem depth/> }.into_any(),
    }
}

/// A field with fields inside; an optional one is added and taken away as a whole.
pub fn object(at: At, labels: Labels, shown: &Schema, properties: &[Property], problem: Signal<Option<String>>) -> AnyView {
    let piece = at.desk.piece();
    let travels = |p: &&Property| Purpose::Request.wants(&p.schema) && Purpose::Request.wants(p.schema.resolve(&piece.schemas));
    let properties: Vec<Property> = properties.iter().filter(travels).cloned().collect();
    let fresh = sample::value_for(Purpose::Request, shown, &piece.schemas);
    let (lens, id) = (at.lens, labels.id.clone());
    let fields = move || {
        let each = properties.iter().map(|property| {
            let labels = Labels {
                id: format!("{id}-{}", property.name),
                name: property.name.clone(),
                required: property.required,
                ..Labels::default()
            };
            at.inside(lens.property(&property.name), &property.name, property.schema.clone(), labels)
        });
        each.collect_view()
    };
    group(lens, labels, fresh, problem, fields)
}

/// A list of fields, each with a button that takes it away.
pub fn array(at: At, labels: Labels, shown: &Schema, items: &Schema, problem: Signal<Option<String>>) -> AnyView {
    let piece = at.desk.piece();
    let each = items.merged(&piece.schemas);
    if (1..=TICKED).contains(&each.choices.len()) {
        let description = if labels.description.is_empty() { shown.description.clone() } else { labels.description.clone() };
        return ticks(at.lens, labels, each.choices, description, problem);
    }
    let fresh = sample::value_for(Purpose::Request, shown, &piece.schemas);
    let another = sample::value_for(Purpose::Request, items, &piece.schemas);
    let (lens, id, items) = (at.lens, labels.id.clone(), items.clone());
    let count = Memo::new(move |_| lens.with(|value| value.as_ref().and_then(Value::as_array).map_or(0, Vec::len)));
    let add = move |_| lens.item(count.get_untracked()).set(Some(another.clone()));
    let fields = move || {
        let (at, id, items, add) = (at.clone(), id.clone(), items.clone(), add.clone());
        let item = move |n: usize| {
            let labels = Labels { id: format!("{id}-{n}"), name: format!("{}", n + 1), required: true, ..Labels::default() };
            let field = at.inside(lens.item(n), &n.to_string(), items.clone(), labels);
            view! {
                <div class="item">
                    <div class="grow">{field}</div>
                    <button type="button" class="btn sm quiet icon-only" aria-label=format!("Remove item {}", n + 1) on:click=move |_| lens.item(n).set(None)>
                        <Icon name=Glyph::Trash size=13/>
                    </button>
                </div>
            }
        };
        view! {
            <For each=move || 0..count.get() key=|n| *n children=item/>
            <button type="button" class="btn sm" on:click=add><Icon name=Glyph::Plus size=13/>"Add an item"</button>
        }
    };
    group(lens, labels, fresh, problem, fields)
}

/// One of several shapes; choosing another starts from its example.
pub fn choice_of_shapes(
    at: At,
    labels: Labels,
    options: &[Schema],
    discriminator: Option<&Discriminator>,
    problem: Signal<Option<String>>,
) -> AnyView {
    let piece = at.desk.piece();
    let lens = at.lens;
    let start = nearest(options, lens.get_untracked().as_ref(), &piece.schemas);
    let chosen = RwSignal::new(start);
    let names = options.iter().enumerate().map(|(n, option)| {
        let label = option.title.clone().unwrap_or_else(|| option.type_label());
        view! { <option value=n.to_string() selected=n == start>{label}</option> }
    });
    let names = names.collect_view();
    let fresh: Vec<Value> = options.iter().map(|option| fresh(option, discriminator, &piece.schemas)).collect();
    let pick = move |text: String| {
        let n = text.parse::<usize>().unwrap_or(0);
        if let Some(value) = fresh.get(n) {
            lens.set(Some(value.clone()));
            chosen.set(n);
        }
    };
    let (options, id, inside) = (options.to_vec(), labels.id.clone(), labels.clone());
    let shape = move || {
        let option = options.get(chosen.get()).cloned().unwrap_or_default();
        let is_object = matches!(option.merged(&piece.schemas).kind, Kind::Object { .. });
        // An object shows its properties at once: its frame would repeat the name above.
        let name = if is_object { String::new() } else { inside.name.clone() };
        let labels = Labels { id: format!("{}-value", inside.id), name, ..inside.clone() };
        field(At { depth: at.depth + 1, ..at.clone() }, option, labels, problem)
    };
    view! {
        <div class="field">
            <label class="row between" for=id.clone()><span class="mono sm">{shape_name(&labels)}</span><span class="faint xs">"one of"</span></label>
            <select class="input sm" id=id on:change:target=move |event| pick(event.target().value())>{names}</select>
            <div class="shape">{shape}</div>
        </div>
    }
    .into_any()
}

fn shape_name(labels: &Labels) -> String {
    if labels.name.is_empty() { "Shape".to_owned() } else { labels.name.clone() }
}

/// The first option that a value fits; without any, the one with the fewest problems.
fn nearest(options: &[Schema], value: Option<&Value>, schemas: &Schemas) -> usize {
    let Some(value) = value else { return 0 };
    let problems = |option: &Schema| check_for(Purpose::Request, option, schemas, value).len();
    options.iter().enumerate().min_by_key(|(_, option)| problems(option)).map_or(0, |(n, _)| n)
}

/// An example of one option, which says that it is that one.
fn fresh(option: &Schema, discriminator: Option<&Discriminator>, schemas: &Schemas) -> Value {
    let only = Kind::OneOf { options: vec![option.clone()], discriminator: discriminator.cloned() };
    sample::value_for(Purpose::Request, &Schema::of(only), schemas)
}

/// The frame of a field with fields inside. The body itself has no name and no frame.
fn group<V: IntoView + 'static>(
    lens: Lens,
    labels: Labels,
    fresh: Value,
    problem: Signal<Option<String>>,
    fields: impl Fn() -> V + Send + Sync + 'static,
) -> AnyView {
    let is_there = Memo::new(move |_| lens.with(Option::is_some));
    let error = move || problem.get().map(|message| view! { <span class="err xs" role="status">{message}</span> });
    if labels.name.is_empty() {
        let start = fresh;
        let all = move || if is_there.get() { fields().into_any() } else { adder(lens, start.clone(), "Fill in an example".to_owned()) };
        return view! { <div class="stack">{all}{error}</div> }.into_any();
    }
    let Labels { name, required, .. } = labels;
    let (adds, takes) = (format!("Add {name}"), format!("Leave out {name}"));
    view! {
        <fieldset class="group">
            <legend class="row"><span class="mono sm">{name}</span>{required.then(|| view! { <span class="req xs">"required"</span> })}</legend>
            {move || if is_there.get() {
                let leave = (!required).then(|| view! {
                    <button type="button" class="btn sm quiet" on:click=move |_| lens.set(None)>{takes.clone()}</button>
                });
                view! { <div class="stack">{fields()}{leave}</div> }.into_any()
            } else {
                adder(lens, fresh.clone(), adds.clone())
            }}
            {error}
        </fieldset>
    }
    .into_any()
}

/// The button that puts a value where there is none.
fn adder(lens: Lens, value: Value, label: String) -> AnyView {
    view! { <button type="button" class="btn sm" on:click=move |_| lens.set(Some(value.clone()))><Icon name=Glyph::Plus size=13/>{label}</button> }.into_any()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn tagged(kind: &str) -> Schema {
        let property = |name: &str, schema: Schema| Property { name: name.to_owned(), required: true, schema };
        let tag = Schema { choices: vec![json!(kind)], ..Schema::of(Kind::String) };
        Schema::of(Kind::Object { properties: vec![property("kind", tag), property(kind, Schema::of(Kind::Integer))], additional: None })
    }

    #[test]
    fn the_shape_that_a_value_has_is_the_one_shown() {
        let options = [tagged("box"), tagged("pallet")];
        let schemas = Schemas::new();
        assert_eq!(nearest(&options, Some(&json!({ "kind": "pallet", "pallet": 2 })), &schemas), 1);
        assert_eq!(nearest(&options, Some(&json!({ "kind": "pallet" })), &schemas), 1, "one problem is fewer than two");
        assert_eq!(nearest(&options, None, &schemas), 0);
    }

    #[test]
    fn a_fresh_shape_says_which_one_it_is() {
        let schemas = Schemas::from([("Parcel".to_owned(), tagged("box"))]);
        let discriminator = Discriminator { property: "type".to_owned(), mapping: [("small".to_owned(), "Parcel".to_owned())].into() };
        let value = fresh(&Schema::of(Kind::Ref("Parcel".to_owned())), Some(&discriminator), &schemas);
        assert_eq!(value["type"], json!("small"));
    }
}
