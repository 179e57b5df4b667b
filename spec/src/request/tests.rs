//! Every style, out and back again.

use super::{Draft, Place, decode, header_text, parameter_problems, path_text, query_pairs};
use crate::model::{Body, Location, Media, Method, Operation, Parameter, Style};
use crate::schema::{Kind, Limits, Property, Schema, Schemas};
use serde_json::{Value, json};

fn parameter(location: Location, style: Style, explode: bool, kind: Kind) -> Parameter {
    Parameter {
        name: "color".to_owned(),
        location,
        required: true,
        deprecated: false,
        description: String::new(),
        schema: Schema::of(kind),
        example: None,
        style,
        explode,
        json: false,
    }
}

fn list() -> Kind {
    Kind::Array(Box::new(Schema::of(Kind::String)))
}

fn rgb() -> Kind {
    let property = |name: &str| Property { name: name.to_owned(), required: false, schema: Schema::of(Kind::Integer) };
    Kind::Object { properties: vec![property("R"), property("G"), property("B")], additional: None }
}

fn query(style: Style, explode: bool, kind: Kind, value: &Value) -> String {
    let pairs = query_pairs(&parameter(Location::Query, style, explode, kind), value);
    pairs.into_iter().map(|(k, v)| format!("{k}={v}")).collect::<Vec<_>>().join("&")
}

/// The table of OpenAPI's "Style Examples".
#[test]
fn styles_are_written_as_the_specification_shows() {
    let colours = json!(["blue", "black", "brown"]);
    let mix = json!({"R": 100, "G": 200, "B": 150});
    let path = |style, explode, kind, value: &Value| path_text(&parameter(Location::Path, style, explode, kind), value);
    assert_eq!(path(Style::Matrix, false, list(), &colours), ";color=blue,black,brown");
    assert_eq!(path(Style::Matrix, true, list(), &colours), ";color=blue;color=black;color=brown");
    assert_eq!(path(Style::Matrix, true, rgb(), &mix), ";R=100;G=200;B=150");
    assert_eq!(path(Style::Matrix, false, Kind::String, &json!("")), ";color");
    assert_eq!(path(Style::Label, false, list(), &colours), ".blue,black,brown");
    assert_eq!(path(Style::Label, true, list(), &colours), ".blue.black.brown");
    assert_eq!(path(Style::Label, true, rgb(), &mix), ".R=100.G=200.B=150");
    assert_eq!(path(Style::Simple, false, rgb(), &mix), "R,100,G,200,B,150");
    assert_eq!(path(Style::Simple, true, rgb(), &mix), "R=100,G=200,B=150");
    assert_eq!(query(Style::Form, true, list(), &colours), "color=blue&color=black&color=brown");
    assert_eq!(query(Style::Form, false, list(), &colours), "color=blue,black,brown");
    assert_eq!(query(Style::Form, true, rgb(), &mix), "R=100&G=200&B=150");
    assert_eq!(query(Style::Form, false, rgb(), &mix), "color=R,100,G,200,B,150");
    assert_eq!(query(Style::SpaceDelimited, false, list(), &colours), "color=blue%20black%20brown");
    assert_eq!(query(Style::PipeDelimited, false, list(), &colours), "color=blue%7Cblack%7Cbrown");
    assert_eq!(query(Style::DeepObject, true, rgb(), &mix), "color%5BR%5D=100&color%5BG%5D=200&color%5BB%5D=150");
    let header = parameter(Location::Header, Style::Simple, false, list());
    assert_eq!(header_text(&header, &colours), "blue,black,brown");
}

#[test]
fn nothing_in_a_value_escapes_its_place() {
    let simple = parameter(Location::Path, Style::Simple, false, Kind::String);
    assert_eq!(path_text(&simple, &json!("a/../b?c#d é")), "a%2F..%2Fb%3Fc%23d%20%C3%A9");
    assert_eq!(query(Style::Form, true, Kind::String, &json!("a&b=c+d")), "color=a%26b%3Dc%2Bd");
    assert_eq!(query(Style::Form, false, list(), &json!([])), "");
}

#[test]
fn what_was_written_is_read_back() {
    let cases = [
        (Location::Query, Style::Form, true, list(), json!(["a", "b"])),
        (Location::Query, Style::Form, false, list(), json!(["a", "b"])),
        (Location::Query, Style::PipeDelimited, false, list(), json!(["a", "b"])),
        (Location::Query, Style::SpaceDelimited, false, list(), json!(["a", "b"])),
        (Location::Query, Style::Form, true, rgb(), json!({"R": 1, "B": 2})),
        (Location::Query, Style::Form, false, rgb(), json!({"R": 1, "B": 2})),
        (Location::Query, Style::DeepObject, true, rgb(), json!({"R": 1, "B": 2})),
        (Location::Query, Style::Form, true, Kind::Integer, json!(-7)),
        (Location::Query, Style::Form, true, Kind::Number, json!(2.5)),
        (Location::Query, Style::Form, true, Kind::Boolean, json!(true)),
        (Location::Query, Style::Form, true, Kind::String, json!("7")),
    ];
    for (location, style, explode, kind, value) in cases {
        let parameter = parameter(location, style, explode, kind);
        let decoded = |text: &str| text.replace("%5B", "[").replace("%5D", "]").replace("%7C", "|").replace("%20", " ");
        let pairs: Vec<_> = query_pairs(&parameter, &value).into_iter().map(|(k, v)| (decoded(&k), decoded(&v))).collect();
        assert_eq!(decode(&parameter, &pairs, &Schemas::new()), Some(value), "{parameter:?} {pairs:?}");
    }
    let absent = parameter(Location::Query, Style::Form, true, list());
    assert_eq!(decode(&absent, &[("other".to_owned(), "1".to_owned())], &Schemas::new()), None);
    let wrong = parameter(Location::Query, Style::Form, true, Kind::Integer);
    assert_eq!(decode(&wrong, &[("color".to_owned(), "ten".to_owned())], &Schemas::new()), Some(json!("ten")));
}

/// RFC 9110, 12.5.4: what browsers and clients send by themselves.
#[test]
fn languages_to_answer_in_are_not_held_to_those_that_there_are() {
    let schema = Schema { choices: vec![json!("en"), json!("de")], ..Schema::of(Kind::String) };
    let problems = |name: &str, value: Option<Value>| {
        let header = parameter(Location::Header, Style::Simple, false, Kind::String);
        let header = Parameter { name: name.to_owned(), schema: schema.clone(), ..header };
        parameter_problems(&header, value.as_ref(), &Schemas::new()).len()
    };
    for ranges in ["*", "en-US,en;q=0.9", "de-DE"] {
        assert_eq!(problems("accept-language", Some(json!(ranges))), 0, "{ranges}");
        assert_eq!(problems("X-Language", Some(json!(ranges))), 1, "{ranges}");
    }
    assert_eq!(problems("Accept-Language", None), 1, "it is required all the same");
}

fn operation() -> Operation {
    let id = Parameter { name: "id".to_owned(), ..parameter(Location::Path, Style::Simple, false, Kind::String) };
    let limits = Limits { maximum: Some(100.0), ..Limits::default() };
    let limit = Parameter {
        name: "limit".to_owned(),
        required: false,
        schema: Schema { limits, ..Schema::of(Kind::Integer) },
        ..parameter(Location::Query, Style::Form, true, Kind::Integer)
    };
    let trace =
        Parameter { name: "X-Trace".to_owned(), required: false, ..parameter(Location::Header, Style::Simple, false, Kind::String) };
    let schema = Schema::of(Kind::Object {
        properties: vec![Property { name: "weight".to_owned(), required: true, schema: Schema::of(Kind::Number) }],
        additional: None,
    });
    let media = vec![Media { content_type: "application/json".to_owned(), schema, examples: Vec::new() }];
    Operation {
        id: "weigh".to_owned(),
        method: Method::Post,
        path: "/parcels/{id}/weight".to_owned(),
        summary: String::new(),
        description: String::new(),
        tag: String::new(),
        deprecated: false,
        parameters: vec![id, limit, trace],
        body: Some(Body { required: true, description: String::new(), media }),
        responses: Vec::new(),
        security: Vec::new(),
    }
}

#[test]
fn a_text_is_read_by_the_first_option_that_takes_it_however_deep_they_are() {
    let one_of = |options| Kind::OneOf { options, discriminator: None };
    let mut schemas = Schemas::new();
    schemas.insert("L0".to_owned(), Schema::of(Kind::Boolean));
    for level in 1..=20 {
        let before = Schema::of(Kind::Ref(format!("L{}", level - 1)));
        schemas.insert(format!("L{level}"), Schema::of(one_of(vec![before; 3])));
    }
    let read = |kind: Kind, text: &str| {
        decode(&parameter(Location::Query, Style::Form, true, kind), &[("color".to_owned(), text.to_owned())], &schemas).unwrap()
    };
    let plain = |kinds: &[Kind]| one_of(kinds.iter().cloned().map(Schema::of).collect());
    assert_eq!(read(plain(&[Kind::Integer, Kind::String]), "5"), json!(5));
    assert_eq!(read(plain(&[Kind::String, Kind::Integer]), "5"), json!("5"));
    assert_eq!(read(plain(&[Kind::Boolean, plain(&[Kind::Integer])]), "5"), json!(5));
    assert_eq!(read(plain(&[Kind::Integer, Kind::Boolean]), "blue"), json!("blue"));
    assert_eq!(read(Kind::Ref("L20".to_owned()), "a"), json!("a"), "three to the twentieth power of options");
}

#[test]
fn a_sampled_draft_is_a_right_call() {
    let operation = operation();
    let draft = Draft::sample(&operation, &Schemas::new());
    assert_eq!(draft.problems(&operation, &Schemas::new()), []);
    let request = draft.http(&operation, "https://api.example/", &[("Authorization".to_owned(), "Bearer k".to_owned())]);
    assert_eq!(request.url, "https://api.example/parcels/string/weight");
    assert_eq!(request.headers.last().map(|(n, v)| (n.as_str(), v.as_str())), Some(("Content-Type", "application/json")));
    assert_eq!(serde_json::from_str::<Value>(&request.body.unwrap()).unwrap(), json!({"weight": 1.0}));
}

#[test]
fn problems_say_where_they_are() {
    let operation = operation();
    let mut draft = Draft::sample(&operation, &Schemas::new());
    draft.path_values.clear();
    draft.query.insert("limit".to_owned(), json!(1000));
    draft.body = r#"{"weight": "heavy"}"#.to_owned();
    let found: Vec<_> = draft.problems(&operation, &Schemas::new()).into_iter().map(|p| (p.place, p.message)).collect();
    let at = |location, name: &str| Place::Parameter(location, name.to_owned());
    assert_eq!(found[0], (at(Location::Path, "id"), "id is required".to_owned()));
    assert_eq!(found[1], (at(Location::Query, "limit"), "limit must be at most 100".to_owned()));
    assert_eq!(found[2], (Place::Body("/weight".to_owned()), "weight must be a number".to_owned()));
    assert_eq!(draft.target(&operation), "/parcels/{id}/weight?limit=1000");
    draft.body = "{".to_owned();
    assert!(draft.problems(&operation, &Schemas::new())[2].message.contains("JSON"));
    draft.body.clear();
    assert_eq!(draft.problems(&operation, &Schemas::new())[2].message, "the body is required");
}
