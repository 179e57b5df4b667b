//! Schemas of both dialects to one shape; references become names, so circles need no end.

use super::place::{At, segments};
use super::reader::{Dialect, Reader, name_of};
use crate::schema::{Discriminator, Kind, Limits, Property, Schema};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Keywords that restrict a value and so may not be lost when they stand beside a reference.
const RESTRICTIONS: [&str; 12] = [
    "type",
    "properties",
    "required",
    "additionalProperties",
    "items",
    "allOf",
    "oneOf",
    "anyOf",
    "enum",
    "const",
    "patternProperties",
    "prefixItems",
];

/// Words of a pointer that say nothing about the schema at its end.
const SCAFFOLDING: [&str; 9] = ["components", "schemas", "properties", "$defs", "items", "schema", "allOf", "oneOf", "anyOf"];

impl<'d> Reader<'d> {
    /// Gives every component its name before anything is read, so that names do not depend on who refers first.
    pub(super) fn name_schemas(&mut self, at: &At<'_>, components: &'d Map<String, Value>) {
        let schemas = self.object_in(at, components, "schemas");
        let at = at.key("schemas");
        for (name, value) in schemas.into_iter().flatten() {
            let pointer = at.key(name).pointer();
            self.names.insert(pointer.clone(), name.clone());
            self.taken_names.insert(name.clone());
            self.open.push((name.clone(), pointer, value));
        }
    }

    /// Reads what has a name until nothing new turns up.
    pub(super) fn read_open_schemas(&mut self) {
        while let Some((name, pointer, value)) = self.open.pop() {
            let schema = self.schema(&At::Pointer(&pointer), value);
            self.schemas.insert(name, schema);
        }
    }

    pub(super) fn schema(&mut self, at: &At<'_>, value: &'d Value) -> Schema {
        if !self.spend(1) {
            return Schema::default();
        }
        match value {
            Value::Bool(true) => Schema::default(),
            Value::Bool(false) => Schema::of(Kind::Never),
            Value::Object(fields) => self.schema_object(at, fields),
            other => {
                self.problem(at, format!("a schema must be an object, not {}", name_of(other)));
                Schema::default()
            }
        }
    }

    fn schema_object(&mut self, at: &At<'_>, fields: &'d Map<String, Value>) -> Schema {
        let mut schema = self.annotations(at, fields);
        let mut parts = Vec::new();
        if fields.contains_key("$ref") {
            parts.push(Schema::of(self.reference(at, fields)));
        }
        let alone = self.dialect == Dialect::V30 || !RESTRICTIONS.iter().any(|key| fields.contains_key(*key));
        if parts.is_empty() || !alone {
            self.restrictions(at, fields, &mut schema, &mut parts);
        }
        assemble(schema, parts)
    }

    fn annotations(&mut self, at: &At<'_>, fields: &'d Map<String, Value>) -> Schema {
        let examples = fields.get("examples").and_then(Value::as_array).and_then(|list| list.first());
        Schema {
            kind: Kind::Any,
            title: Some(self.text_in(at, fields, "title")).filter(|t| !t.is_empty()),
            description: self.text_in(at, fields, "description"),
            nullable: self.flag_in(at, fields, "nullable"),
            deprecated: self.flag_in(at, fields, "deprecated"),
            read_only: self.flag_in(at, fields, "readOnly"),
            write_only: self.flag_in(at, fields, "writeOnly"),
            format: Some(self.text_in(at, fields, "format")).filter(|f| !f.is_empty()),
            default: fields.get("default").map(|v| self.taken(v)),
            example: fields.get("example").or(examples).map(|v| self.taken(v)),
            choices: Vec::new(),
            limits: Limits::default(),
        }
    }

    fn restrictions(&mut self, at: &At<'_>, fields: &'d Map<String, Value>, schema: &mut Schema, parts: &mut Vec<Schema>) {
        schema.limits = self.limits(at, fields);
        schema.choices = self.choices(at, fields);
        // A list of choices with null in it says "or null", as the type list of 3.1 does.
        let given = schema.choices.len();
        if given > 1 {
            schema.choices.retain(|c| !c.is_null());
            schema.nullable |= schema.choices.len() < given;
        }
        let kind = self.kind(at, fields, schema);
        if kind != Kind::Any {
            parts.push(Schema::of(kind));
        }
        let all = self.list_in(at, fields, "allOf");
        let all_at = at.key("allOf");
        for (index, part) in all.iter().enumerate() {
            let part = self.schema(&all_at.item(index), part);
            parts.push(part);
        }
        for key in ["oneOf", "anyOf"] {
            if fields.contains_key(key) {
                let choice = self.choice(at, key, fields, &mut schema.nullable);
                parts.push(choice);
            }
        }
    }

    /// `oneOf` or `anyOf`; an option that only allows null becomes `nullable`.
    fn choice(&mut self, at: &At<'_>, key: &str, fields: &'d Map<String, Value>, nullable: &mut bool) -> Schema {
        let list = self.list_in(at, fields, key);
        let list_at = at.key(key);
        let mut options: Vec<Schema> = list.iter().enumerate().map(|(index, option)| self.schema(&list_at.item(index), option)).collect();
        let given = options.len();
        options.retain(|o| o.kind != Kind::Null);
        *nullable |= options.len() < given;
        let discriminator = self.discriminator(at, fields);
        if options.len() == 1 && discriminator.is_none() {
            return options.pop().unwrap_or_default();
        }
        match key {
            "oneOf" => Schema::of(Kind::OneOf { options, discriminator }),
            _ => Schema::of(Kind::AnyOf { options, discriminator }),
        }
    }

    fn discriminator(&mut self, at: &At<'_>, fields: &'d Map<String, Value>) -> Option<Discriminator> {
        let given = self.object_in(at, fields, "discriminator")?;
        let at = at.key("discriminator");
        let property = self.text_in(&at, given, "propertyName");
        if property.is_empty() {
            self.problem(&at, "`propertyName` is required");
        }
        let mut mapping = BTreeMap::new();
        let pairs = self.object_in(&at, given, "mapping");
        let at = at.key("mapping");
        for (value, target) in pairs.into_iter().flatten() {
            let Some(target) = target.as_str() else {
                self.problem(&at.key(value), "this must be the name of a schema, or a reference");
                continue;
            };
            let path = format!("/components/schemas/{target}");
            let known = self.names.get(&path).cloned();
            if known.is_none() && !target.contains(['#', '/', '.']) {
                self.problem(&at.key(value), format!("there is no schema `{target}` under components"));
                continue;
            }
            if let Some(name) = known.or_else(|| self.named(&at.key(value), target)) {
                mapping.insert(value.clone(), name);
            }
        }
        Some(Discriminator { property, mapping })
    }

    fn reference(&mut self, at: &At<'_>, fields: &'d Map<String, Value>) -> Kind {
        let at = at.key("$ref");
        match fields.get("$ref") {
            Some(Value::String(text)) => self.named(&at, text).map_or(Kind::Any, Kind::Ref),
            _ => {
                self.problem(&at, "a reference must be text such as `#/components/schemas/Shipment`");
                Kind::Any
            }
        }
    }

    /// The name of the schema a reference points at; it gets one, and is read later, when it has none yet.
    fn named(&mut self, at: &At<'_>, reference: &str) -> Option<String> {
        let (pointer, value) = self.target(at, reference)?;
        if let Some(name) = self.names.get(&pointer) {
            return Some(name.clone());
        }
        let name = self.fresh_name(&pointer);
        self.names.insert(pointer.clone(), name.clone());
        self.open.push((name.clone(), pointer, value));
        Some(name)
    }

    fn fresh_name(&mut self, pointer: &str) -> String {
        let path = segments(pointer);
        let telling = |s: &&String| !SCAFFOLDING.contains(&s.as_str()) && s.parse::<usize>().is_err();
        let words: Vec<&str> = path.iter().filter(telling).map(String::as_str).collect();
        let tail = words[words.len().saturating_sub(2)..].join(".");
        let base = if tail.is_empty() { "Schema".to_owned() } else { tail };
        loop {
            let uses = self.made_up.entry(base.clone()).or_default();
            *uses += 1;
            let name = if *uses == 1 { base.clone() } else { format!("{base}-{uses}") };
            if self.taken_names.insert(name.clone()) {
                return name;
            }
        }
    }

    fn kind(&mut self, at: &At<'_>, fields: &'d Map<String, Value>, schema: &mut Schema) -> Kind {
        let mut types = self.types(at, fields);
        if types.len() > 1 {
            schema.nullable |= types.contains(&"null");
            types.retain(|t| *t != "null");
        }
        match types.as_slice() {
            [] => self.kind_without_type(at, fields, schema),
            [one] => self.kind_of_type(at, one, fields),
            several => {
                let options = several.iter().map(|t| Schema::of(self.kind_of_type(at, t, fields))).collect();
                Kind::AnyOf { options, discriminator: None }
            }
        }
    }

    fn types(&mut self, at: &At<'_>, fields: &'d Map<String, Value>) -> Vec<&'d str> {
        let given = match fields.get("type") {
            None => return Vec::new(),
            Some(Value::Array(list)) => list.iter().collect(),
            Some(one) => vec![one],
        };
        let known = ["null", "boolean", "integer", "number", "string", "array", "object"];
        let mut types = Vec::new();
        for value in given {
            match value.as_str() {
                Some(name) if known.contains(&name) => types.push(name),
                _ => {
                    let message = format!("{value} is not a type, so any value counts as right; use one of {}", known.join(", "));
                    self.advise(&at.key("type"), message);
                }
            }
        }
        types
    }

    fn kind_of_type(&mut self, at: &At<'_>, name: &str, fields: &'d Map<String, Value>) -> Kind {
        match name {
            "null" => Kind::Null,
            "boolean" => Kind::Boolean,
            "integer" => Kind::Integer,
            "number" => Kind::Number,
            "string" => Kind::String,
            "array" => {
                let items = fields.get("items").map(|items| self.schema(&at.key("items"), items));
                Kind::Array(Box::new(items.unwrap_or_default()))
            }
            _ => self.object_kind(at, fields),
        }
    }

    /// Authors leave `type` out where another keyword says it.
    fn kind_without_type(&mut self, at: &At<'_>, fields: &'d Map<String, Value>, schema: &Schema) -> Kind {
        let has = |keys: &[&str]| keys.iter().any(|k| fields.contains_key(*k));
        if has(&["properties", "additionalProperties", "required", "patternProperties", "minProperties", "maxProperties"]) {
            return self.object_kind(at, fields);
        }
        if has(&["items", "prefixItems", "minItems", "maxItems", "uniqueItems"]) {
            return self.kind_of_type(at, "array", fields);
        }
        if has(&["pattern", "minLength", "maxLength"]) {
            return Kind::String;
        }
        if has(&["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"]) {
            return Kind::Number;
        }
        let all = |is: fn(&Value) -> bool| !schema.choices.is_empty() && schema.choices.iter().all(is);
        match () {
            () if all(Value::is_string) => Kind::String,
            () if all(Value::is_boolean) => Kind::Boolean,
            () if all(|v| v.is_i64() || v.is_u64()) => Kind::Integer,
            () if all(Value::is_number) => Kind::Number,
            () => Kind::Any,
        }
    }

    fn object_kind(&mut self, at: &At<'_>, fields: &'d Map<String, Value>) -> Kind {
        let given = self.object_in(at, fields, "properties");
        let inside = at.key("properties");
        let mut properties: Vec<Property> = Vec::new();
        for (name, value) in given.into_iter().flatten() {
            let schema = self.schema(&inside.key(name), value);
            properties.push(Property { name: name.clone(), required: false, schema });
        }
        self.mark_required(at, fields, &mut properties);
        let additional = match fields.get("additionalProperties") {
            // Names that match a pattern are allowed, whatever `additionalProperties` says about the others.
            Some(Value::Bool(false)) if fields.contains_key("patternProperties") => None,
            Some(value) => Some(Box::new(self.schema(&at.key("additionalProperties"), value))),
            None => None,
        };
        Kind::Object { properties, additional }
    }

    fn mark_required(&mut self, at: &At<'_>, fields: &'d Map<String, Value>, properties: &mut Vec<Property>) {
        // Documents of 3.0 put `required: true` on a property by mistake, often enough to let it pass.
        if fields.get("required").is_some_and(Value::is_boolean) {
            return;
        }
        let list = self.list_in(at, fields, "required");
        let at = at.key("required");
        let mut places: BTreeMap<String, usize> = properties.iter().enumerate().map(|(index, p)| (p.name.clone(), index)).collect();
        for (index, value) in list.iter().enumerate() {
            let Some(name) = value.as_str() else {
                self.problem(&at.item(index), format!("this must be the name of a property, not {}", name_of(value)));
                continue;
            };
            let place = *places.entry(name.to_owned()).or_insert_with(|| {
                // Described by another part of an `allOf`, or not at all: still required.
                properties.push(Property { name: name.to_owned(), required: true, schema: Schema::default() });
                properties.len() - 1
            });
            properties[place].required = true;
        }
    }

    fn choices(&mut self, at: &At<'_>, fields: &'d Map<String, Value>) -> Vec<Value> {
        match fields.get("const") {
            Some(value) => vec![value.clone()],
            None => self.list_in(at, fields, "enum").to_vec(),
        }
    }

    fn limits(&mut self, at: &At<'_>, fields: &Map<String, Value>) -> Limits {
        let mut limits = Limits {
            minimum: self.number(at, fields, "minimum"),
            maximum: self.number(at, fields, "maximum"),
            exclusive_minimum: None,
            exclusive_maximum: None,
            multiple_of: self.number(at, fields, "multipleOf").filter(|n| *n > 0.0),
            min_length: self.count(at, fields, "minLength"),
            max_length: self.count(at, fields, "maxLength"),
            pattern: Some(self.text_in(at, fields, "pattern")).filter(|p| !p.is_empty()),
            min_items: self.count(at, fields, "minItems"),
            max_items: self.count(at, fields, "maxItems"),
            unique_items: self.flag_in(at, fields, "uniqueItems"),
            min_properties: self.count(at, fields, "minProperties"),
            max_properties: self.count(at, fields, "maxProperties"),
        };
        // 3.0 says "minimum, exclusively", 3.1 gives the number itself.
        match fields.get("exclusiveMinimum") {
            Some(Value::Bool(true)) => limits.exclusive_minimum = limits.minimum.take(),
            Some(Value::Bool(false)) => {}
            _ => limits.exclusive_minimum = self.number(at, fields, "exclusiveMinimum"),
        }
        match fields.get("exclusiveMaximum") {
            Some(Value::Bool(true)) => limits.exclusive_maximum = limits.maximum.take(),
            Some(Value::Bool(false)) => {}
            _ => limits.exclusive_maximum = self.number(at, fields, "exclusiveMaximum"),
        }
        limits
    }

    fn number(&mut self, at: &At<'_>, fields: &Map<String, Value>, key: &str) -> Option<f64> {
        let value = fields.get(key)?;
        let number = value.as_f64();
        if number.is_none() {
            self.problem(&at.key(key), format!("this must be a number, not {}", name_of(value)));
        }
        number
    }

    fn count(&mut self, at: &At<'_>, fields: &Map<String, Value>, key: &str) -> Option<u64> {
        let number = self.number(at, fields, key)?;
        if number < 0.0 || number.fract() != 0.0 {
            self.problem(&at.key(key), "this must be a whole number, zero or more");
            return None;
        }
        Some(number as u64)
    }
}

/// One part is the schema itself; several all hold.
fn assemble(mut schema: Schema, mut parts: Vec<Schema>) -> Schema {
    if parts.len() > 1 {
        schema.kind = Kind::AllOf(parts);
        return schema;
    }
    let Some(part) = parts.pop() else {
        return schema;
    };
    if part == Schema::of(part.kind.clone()) {
        schema.kind = part.kind;
    } else if schema.choices.is_empty() && schema.limits.is_none() && schema.format.is_none() {
        schema = overlaid(part, schema);
    } else {
        schema.kind = Kind::AllOf(vec![part]);
    }
    schema
}

/// A lone part with what the outer schema says about it.
fn overlaid(part: Schema, outer: Schema) -> Schema {
    Schema {
        kind: part.kind,
        title: outer.title.or(part.title),
        description: if outer.description.is_empty() { part.description } else { outer.description },
        nullable: outer.nullable || part.nullable,
        deprecated: outer.deprecated || part.deprecated,
        read_only: outer.read_only || part.read_only,
        write_only: outer.write_only || part.write_only,
        format: part.format,
        default: outer.default.or(part.default),
        example: outer.example.or(part.example),
        choices: part.choices,
        limits: part.limits,
    }
}
