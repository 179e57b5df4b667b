//! Schemas as a tree whose branches open in place.

use leptos::prelude::*;
use serde_json::Value;
use spec::validate::Purpose;
use spec::{Api, Kind, Property, Schema, Schemas};
use std::cell::Cell;

/// Levels of named schemas inside each other; deeper ones are links.
const MAX_DEPTH: usize = 5;
/// Rows of one tree; what is beyond is behind links.
const MAX_ROWS: usize = 400;
/// Choices that are listed one by one.
const MAX_CHOICES: usize = 40;
/// Lists inside lists that a switch names one by one; a list may well be a list of itself.
const MAX_LISTS: usize = 3;

/// Draws the shapes of one operation.
pub struct Tree<'a> {
    product: &'a str,
    schemas: &'a Schemas,
    purpose: Purpose,
    rows: Cell<usize>,
}

/// What one property, parameter or header is.
pub struct Row<'a> {
    pub name: &'a str,
    pub required: bool,
    pub deprecated: bool,
    /// Sanitised HTML; empty: that of the schema.
    pub description: &'a str,
    pub schema: &'a Schema,
    pub example: Option<&'a Value>,
}

impl<'a> Tree<'a> {
    pub fn new(product: &'a str, schemas: &'a Schemas, purpose: Purpose) -> Self {
        Self { product, schemas, purpose, rows: Cell::new(0) }
    }

    /// What is inside a value of this schema; `None` for a plain value, which its own row describes.
    pub fn shape(&self, schema: &Schema) -> Option<AnyView> {
        self.inside(schema, &[])
    }

    /// A whole value: its own row where it is plain, else what is inside.
    pub fn value(&self, schema: &Schema) -> AnyView {
        let shown = schema.merged(self.schemas);
        match self.shape(schema) {
            Some(shape) if matches!(shown.kind, Kind::Object { .. }) => shape,
            _ => self.row(&Row { name: "", required: false, deprecated: false, description: "", schema, example: None }, &[]),
        }
    }

    fn inside(&self, schema: &Schema, trail: &[&str]) -> Option<AnyView> {
        let names = names_of(schema);
        if let Some(name) = names.iter().find(|name| trail.contains(name)) {
            return Some(self.link(name, "as above"));
        }
        let trail: Vec<&str> = trail.iter().copied().chain(names.iter().copied()).collect();
        if trail.len() > MAX_DEPTH || self.rows.get() >= MAX_ROWS {
            return names.first().map(|name| self.link(name, "on its own page"));
        }
        if let Some(target) = schema.reference().and_then(|name| self.schemas.get(name)) {
            return self.inside(target, &trail);
        }
        let whole = schema.merged(self.schemas);
        match &whole.kind {
            Kind::Object { properties, additional } => self.object(properties, additional.as_deref(), &trail),
            Kind::Array(items) => self.inside(items, &trail),
            Kind::OneOf { options, .. } | Kind::AnyOf { options, .. } => Some(self.options(options, &trail)),
            Kind::AllOf(parts) => Some(parts.iter().filter_map(|part| self.inside(part, &trail)).collect_view().into_any()),
            _ => None,
        }
    }

    fn object(&self, properties: &[Property], additional: Option<&Schema>, trail: &[&str]) -> Option<AnyView> {
        let travels = |p: &&Property| self.purpose.wants(&p.schema) && self.purpose.wants(p.schema.resolve(self.schemas));
        let named = properties.iter().filter(travels).map(|p| {
            let row = Row {
                name: &p.name,
                required: p.required,
                deprecated: p.schema.deprecated,
                description: "",
                schema: &p.schema,
                example: None,
            };
            self.row(&row, trail)
        });
        let mut rows: Vec<AnyView> = named.collect();
        if let Some(schema) = additional.filter(|schema| !matches!(schema.kind, Kind::Never | Kind::Any)) {
            let row = Row { name: "any other name", required: false, deprecated: false, description: "", schema, example: None };
            rows.push(self.row(&row, trail));
        }
        (!rows.is_empty()).then(|| rows.into_any())
    }

    fn options(&self, options: &[Schema], trail: &[&str]) -> AnyView {
        // Choices count as rows: a few names that are a choice of each other would otherwise multiply at every level.
        let room = options.iter().enumerate().take_while(|_| self.rows.get() < MAX_ROWS);
        let each = room.map(|(n, option)| {
            self.rows.set(self.rows.get() + 1);
            let label = option.title.clone().unwrap_or_else(|| option.type_label());
            match self.inside(option, trail) {
                Some(inside) => view! {
                    <details class="option" open=n == 0>
                        <summary><span class="name">{label}</span></summary>
                        <div class="prop-children">{inside}</div>
                    </details>
                }
                .into_any(),
                None => self
                    .row(&Row { name: &label, required: false, deprecated: false, description: "", schema: option, example: None }, trail),
            }
        });
        let each: Vec<AnyView> = each.collect();
        let more = options.len() - each.len();
        let rest = (more > 0).then(|| view! { <p class="faint xs">{format!("and {more} more")}</p> });
        view! { <p class="faint xs">"One of these"</p>{each}{rest} }.into_any()
    }

    /// One row, with what is inside it behind a switch.
    pub fn row(&self, row: &Row<'_>, trail: &[&str]) -> AnyView {
        self.rows.set(self.rows.get() + 1);
        let shown = row.schema.merged(self.schemas);
        let description = if row.description.is_empty() { shown.description.clone() } else { row.description.to_owned() };
        let inside = self.inside(row.schema, trail).map(|inside| {
            view! {
                <details class="more"><summary class="xs">{what_opens(&shown, self.schemas, MAX_LISTS)}</summary><div class="prop-children">{inside}</div></details>
            }
        });
        let deprecated = (row.deprecated || shown.deprecated).then(|| view! { <span class="pill warn">"deprecated"</span> });
        view! {
            <div class="prop">
                <span class="name">{row.name.to_owned()}</span>
                <span class="type">{type_words(row.schema, &shown)}</span>
                {row.required.then(|| view! { <span class="req">"required"</span> })}
                {deprecated}
                {(!description.is_empty()).then(|| view! { <div class="prose" inner_html=description></div> })}
                {choices(&shown, self.schemas)}
                {facts(&shown, row.example)}
                {inside}
            </div>
        }
        .into_any()
    }

    fn link(&self, name: &str, note: &str) -> AnyView {
        let address = address(self.product, name);
        view! { <p class="sm"><a href=address>{name.to_owned()}</a>", "{note.to_owned()}</p> }.into_any()
    }
}

/// The named schemas that a schema is made of, without those of its properties.
fn names_of(schema: &Schema) -> Vec<&str> {
    match &schema.kind {
        Kind::Ref(name) => vec![name],
        Kind::AllOf(parts) => parts.iter().flat_map(names_of).collect(),
        _ => Vec::new(),
    }
}

/// The page of a named schema.
pub fn address(product: &str, name: &str) -> String {
    format!("/apis/{product}/schemas/{}", spec::request::percent(name))
}

/// `string · uuid · 8 to 40 characters`.
fn type_words(given: &Schema, shown: &Schema) -> String {
    let limits = match &shown.kind {
        Kind::Array(items) => [shown.limits.words(), items.limits.words()].concat(),
        _ => shown.limits.words(),
    };
    let label = Some(given.type_label()).filter(|label| label != "any" || shown.kind == Kind::Any);
    let label = label.unwrap_or_else(|| shown.type_label());
    let is_enum = (!shown.choices.is_empty()).then(|| if shown.choices.len() == 1 { "always the same" } else { "enum" }.to_owned());
    [Some(label), shown.format.clone(), is_enum].into_iter().flatten().chain(limits).collect::<Vec<_>>().join(" · ")
}

fn what_opens(shown: &Schema, schemas: &Schemas, lists: usize) -> String {
    match &shown.kind {
        Kind::Object { properties, .. } if properties.len() == 1 => "1 property".to_owned(),
        Kind::Object { properties, .. } if !properties.is_empty() => format!("{} properties", properties.len()),
        Kind::Array(items) if lists > 0 => format!("Each item: {}", what_opens(&items.merged(schemas), schemas, lists - 1)),
        Kind::OneOf { options, .. } | Kind::AnyOf { options, .. } => format!("{} options", options.len()),
        _ => "What is inside".to_owned(),
    }
}

/// The values that are allowed, of the schema or of its items.
fn choices(shown: &Schema, schemas: &Schemas) -> Option<AnyView> {
    let listed = match &shown.kind {
        Kind::Array(items) => items.merged(schemas).choices,
        _ => shown.choices.clone(),
    };
    let more = listed.len().saturating_sub(MAX_CHOICES);
    let each = listed.iter().take(MAX_CHOICES).map(|value| view! { <code class="tag">{plain(value)}</code> }).collect_view();
    let rest = (more > 0).then(|| format!("and {more} more"));
    (!listed.is_empty()).then(|| view! { <div class="row wrap choices">{each}<span class="xs faint">{rest}</span></div> }.into_any())
}

fn facts(shown: &Schema, example: Option<&Value>) -> Option<AnyView> {
    let only = |value: &Value| !value.is_object() && !value.is_array();
    let default = shown.default.as_ref().filter(|v| only(v)).map(|v| view! { <span>"Default "<code>{plain(v)}</code></span> });
    let example = example.or(shown.example.as_ref()).filter(|v| only(v) && shown.choices.is_empty());
    let example = example.map(|v| view! { <span>"Example "<code>{plain(v)}</code></span> });
    let way = match (shown.read_only, shown.write_only) {
        (true, _) => Some("Only in answers"),
        (_, true) => Some("Only in requests"),
        _ => None,
    };
    let is_empty = default.is_none() && example.is_none() && way.is_none();
    (!is_empty).then(|| view! { <p class="facts xs faint">{default}{example}{way}</p> }.into_any())
}

/// A value as a reader would type it.
fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// A named schema on its own page: its rows, and an example.
pub fn page(api: &Api, name: &str, schema: &Schema, product: &str) -> impl IntoView + use<> {
    let tree = Tree::new(product, &api.schemas, Purpose::Either);
    let rows = tree.value(schema);
    let example = serde_json::to_string_pretty(&spec::sample::value(schema, &api.schemas)).unwrap_or_default();
    let description = schema.merged(&api.schemas).description;
    view! {
        <div class="op">
            <div class="stack loose">
                <div><div class="sm faint">"Schema"</div><h2>{name.to_owned()}</h2></div>
                <div class="prose dim" inner_html=description></div>
                <div>{rows}</div>
            </div>
            <div class="side">{super::answers::example_block("Example", &example)}</div>
        </div>
    }
}
