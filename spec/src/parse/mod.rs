//! An OpenAPI document to an [`Api`], or to the list of what is wrong with it.

mod content;
mod document;
mod envelope;
mod operation;
mod place;
mod reader;
mod schema;

use crate::model::Api;
use reader::Reader;
use std::fmt;

/// The most problems one refusal lists; the rest would be noise.
const MAX_PROBLEMS: usize = 20;

/// The most pieces of advice one reading gives.
const MAX_ADVICE: usize = 10;

/// Above this many bytes the lines of problems are not looked up: each look-up reads the text again.
const MAX_LOCATED_BYTES: usize = 4 << 20;

/// One thing to repair.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Problem {
    /// A JSON pointer into the document (RFC 6901), empty for the whole of it.
    pub pointer: String,
    pub message: String,
    /// Counted from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line {
            write!(f, "line {line}: ")?;
        }
        match self.pointer.as_str() {
            "" => f.write_str(&self.message),
            pointer => write!(f, "{pointer}: {}", self.message),
        }
    }
}

/// Why a document was not accepted. Never empty.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Refusal {
    pub problems: Vec<Problem>,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.problems.iter().enumerate() {
            let newline = if index == 0 { "" } else { "\n" };
            write!(f, "{newline}{problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Refusal {}

/// A document that can be used, with what its author may want to repair.
#[derive(Debug, Clone, PartialEq)]
pub struct Accepted {
    pub api: Api,
    pub advice: Vec<Problem>,
}

/// Reads a document, JSON or YAML, OpenAPI 3.0.x or 3.1.x.
///
/// # Errors
/// Every problem that was found, up to a limit, each with its place. Text that cannot be read at all gives one
/// problem with its line.
pub fn parse(text: &str) -> Result<Api, Refusal> {
    accept(text).map(|accepted| accepted.api)
}

/// The same as [`parse`], with the mistakes that were passed over.
///
/// # Errors
/// As [`parse`].
pub fn accept(text: &str) -> Result<Accepted, Refusal> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let root = document::read(text).map_err(|problem| Refusal { problems: vec![problem] })?;
    let mut reader = Reader::new(&root);
    let api = reader.api();
    let (mut problems, mut advice) = (reader.problems, reader.advice);
    for problem in problems.iter_mut().chain(&mut advice) {
        if text.len() <= MAX_LOCATED_BYTES {
            problem.line = document::line_of(text, &problem.pointer);
        }
    }
    if problems.is_empty() {
        return Ok(Accepted { api, advice });
    }
    Err(Refusal { problems })
}
