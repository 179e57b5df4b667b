//! Bodies, answers, headers and their examples.

use super::place::At;
use super::reader::Reader;
use crate::model::{Body, Example, Header, Media, Response, is_json};
use crate::schema::Schema;
use serde_json::{Map, Value};

impl<'d> Reader<'d> {
    pub(super) fn body(&mut self, at: &At<'_>, operation: &'d Map<String, Value>) -> Option<Body> {
        let value = operation.get("requestBody")?;
        let at = at.key("requestBody");
        let body = self.follow(&at, value, |reader, at, value| {
            let fields = reader.object(at, value)?;
            Some(Body {
                required: reader.flag_in(at, fields, "required"),
                description: reader.text_in(at, fields, "description"),
                media: reader.content(at, fields),
            })
        });
        body.flatten()
    }

    pub(super) fn responses(&mut self, at: &At<'_>, operation: &'d Map<String, Value>) -> Vec<Response> {
        let answers = self.object_in(at, operation, "responses");
        let at = at.key("responses");
        let mut responses = Vec::new();
        for (status, value) in answers.into_iter().flatten().filter(|(s, _)| !s.starts_with("x-")) {
            let at = at.key(status);
            if !is_status(status) {
                self.problem(&at, format!("`{status}` is not a status; use 200, 4XX or default"));
            }
            let read = self.follow(&at, value, |reader, at, value| reader.response(at, status, value));
            responses.extend(read.flatten());
        }
        responses
    }

    fn response(&mut self, at: &At<'_>, status: &str, value: &'d Value) -> Option<Response> {
        let fields = self.object(at, value)?;
        Some(Response {
            status: if status == "default" { status.to_owned() } else { status.to_ascii_uppercase() },
            description: self.text_in(at, fields, "description"),
            headers: self.headers(at, fields),
            media: self.content(at, fields),
        })
    }

    fn headers(&mut self, at: &At<'_>, response: &'d Map<String, Value>) -> Vec<Header> {
        let headers = self.object_in(at, response, "headers");
        let at = at.key("headers");
        let mut found = Vec::new();
        for (name, value) in headers.into_iter().flatten() {
            let read = self.follow(&at.key(name), value, |reader, at, value| reader.header(at, name, value));
            found.extend(read.flatten());
        }
        found
    }

    fn header(&mut self, at: &At<'_>, name: &str, value: &'d Value) -> Option<Header> {
        let fields = self.object(at, value)?;
        Some(Header {
            name: name.to_owned(),
            required: self.flag_in(at, fields, "required"),
            description: self.text_in(at, fields, "description"),
            schema: self.described_by(at, fields).0,
            example: self.first_example(at, fields),
        })
    }

    fn content(&mut self, at: &At<'_>, parent: &'d Map<String, Value>) -> Vec<Media> {
        let content = self.object_in(at, parent, "content");
        let at = at.key("content");
        let mut media = Vec::new();
        for (content_type, value) in content.into_iter().flatten() {
            let at = at.key(content_type);
            let read = self.follow(&at, value, |reader, at, value| {
                let fields = reader.object(at, value)?;
                let schema = fields.get("schema").map(|s| reader.schema(&at.key("schema"), s));
                let examples = reader.examples(at, fields);
                Some(Media { content_type: content_type.clone(), schema: schema.unwrap_or_default(), examples })
            });
            media.extend(read.flatten());
        }
        media
    }

    /// A parameter's or header's schema, and whether it is written as JSON text.
    pub(super) fn described_by(&mut self, at: &At<'_>, fields: &'d Map<String, Value>) -> (Schema, bool) {
        if let Some(schema) = fields.get("schema") {
            return (self.schema(&at.key("schema"), schema), false);
        }
        match self.content(at, fields).into_iter().next() {
            Some(media) => (media.schema, is_json(&media.content_type)),
            None => (Schema::default(), false),
        }
    }

    pub(super) fn first_example(&mut self, at: &At<'_>, fields: &'d Map<String, Value>) -> Option<Value> {
        self.examples(at, fields).into_iter().next().map(|e| e.value)
    }

    fn examples(&mut self, at: &At<'_>, fields: &'d Map<String, Value>) -> Vec<Example> {
        let mut examples = Vec::new();
        if let Some(value) = fields.get("example") {
            examples.push(Example { name: "default".to_owned(), summary: String::new(), value: self.taken(value) });
        }
        let named = self.object_in(at, fields, "examples");
        let at = at.key("examples");
        for (name, value) in named.into_iter().flatten() {
            let read = self.follow(&at.key(name), value, |reader, at, value| reader.example(at, name, value));
            examples.extend(read.flatten());
        }
        examples
    }

    /// Nothing for an example that lies elsewhere (`externalValue`).
    fn example(&mut self, at: &At<'_>, name: &str, value: &'d Value) -> Option<Example> {
        let fields = self.object(at, value)?;
        let summary = self.text_in(at, fields, "summary");
        let value = self.taken(fields.get("value")?);
        Some(Example { name: name.to_owned(), summary, value })
    }
}

fn is_status(text: &str) -> bool {
    let bytes = text.as_bytes();
    let class = bytes.len() == 3 && (b'1'..=b'5').contains(&bytes[0]);
    let rest = bytes.get(1..).unwrap_or_default();
    text == "default" || class && (rest.iter().all(u8::is_ascii_digit) || rest.eq_ignore_ascii_case(b"XX"))
}

#[cfg(test)]
mod tests {
    use super::is_status;

    #[test]
    fn statuses() {
        for good in ["200", "4XX", "5xx", "default", "599"] {
            assert!(is_status(good), "{good}");
        }
        for bad in ["", "20", "2000", "600", "2X0", "ok", "099"] {
            assert!(!is_status(bad), "{bad}");
        }
    }
}
