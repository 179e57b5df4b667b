//! Just enough of each language's words to colour a sample; never loses a character.

use crate::snippet::Language;

/// What a stretch of code is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Token {
    Plain,
    /// A word of the language, or the key of a JSON property.
    Keyword,
    Text,
    Number,
    Comment,
}

impl Token {
    /// The class of its colour; empty for plain text.
    #[must_use]
    pub fn class(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Keyword => "k",
            Self::Text => "s",
            Self::Number => "n",
            Self::Comment => "c",
        }
    }
}

/// A language that can be coloured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Syntax {
    Json,
    Shell,
    JavaScript,
    Python,
    Go,
    Rust,
}

impl From<Language> for Syntax {
    fn from(language: Language) -> Self {
        match language {
            Language::Curl => Self::Shell,
            Language::JavaScript => Self::JavaScript,
            Language::Python => Self::Python,
            Language::Go => Self::Go,
            Language::Rust => Self::Rust,
        }
    }
}

impl Syntax {
    fn keywords(self) -> &'static [&'static str] {
        match self {
            Self::Json => &["true", "false", "null"],
            Self::Shell => &["curl"],
            Self::JavaScript => &["const", "let", "await", "async", "function", "return", "import", "from", "new", "true", "false", "null"],
            Self::Python => &["import", "from", "def", "return", "as", "with", "for", "in", "True", "False", "None"],
            Self::Go => &["package", "import", "func", "if", "defer", "return", "nil", "var", "range", "for", "true", "false"],
            Self::Rust => &["async", "await", "fn", "let", "use", "mut", "return", "Ok", "Err", "Result", "true", "false"],
        }
    }

    fn comment(self) -> Option<&'static str> {
        match self {
            Self::Json => None,
            Self::Shell | Self::Python => Some("#"),
            Self::JavaScript | Self::Go | Self::Rust => Some("//"),
        }
    }

    fn quotes(self) -> &'static str {
        match self {
            Self::Json | Self::Rust => "\"",
            Self::Shell | Self::Python => "\"'",
            Self::JavaScript | Self::Go => "\"'`",
        }
    }
}

/// Cuts code into coloured stretches. Put together again they are exactly the code.
#[must_use]
pub fn highlight(code: &str, syntax: Syntax) -> Vec<(Token, String)> {
    let mut stretches: Vec<(Token, String)> = Vec::new();
    let mut rest = code;
    while let Some(first) = rest.chars().next() {
        let (token, length) = next(rest, first, syntax, stretches.last());
        let (piece, tail) = rest.split_at(length);
        match stretches.last_mut() {
            Some((last, text)) if *last == token => text.push_str(piece),
            _ => stretches.push((token, piece.to_owned())),
        }
        rest = tail;
    }
    stretches
}

fn next(rest: &str, first: char, syntax: Syntax, before: Option<&(Token, String)>) -> (Token, usize) {
    let fresh = before.is_none_or(|(_, text)| text.ends_with(|c: char| c.is_whitespace() || c == '(' || c == ','));
    if syntax.comment().is_some_and(|mark| rest.starts_with(mark)) && fresh {
        return (Token::Comment, rest.find('\n').unwrap_or(rest.len()));
    }
    if syntax == Syntax::Shell && first == '\\' {
        // Outside quotes a backslash takes the next character's meaning away.
        return (Token::Plain, rest.chars().take(2).map(char::len_utf8).sum());
    }
    if let Some(length) = raw_length(rest, syntax) {
        return (Token::Text, length);
    }
    if syntax.quotes().contains(first) {
        let length = quoted_length(rest, first, syntax);
        let is_key = syntax == Syntax::Json && rest[length..].trim_start().starts_with(':');
        return (if is_key { Token::Keyword } else { Token::Text }, length);
    }
    let word = run(rest, |c| c.is_alphanumeric() || c == '_');
    if first.is_ascii_digit() {
        return (Token::Number, run(rest, |c| c.is_ascii_alphanumeric() || c == '.'));
    }
    if word > 0 {
        let known = syntax.keywords().contains(&&rest[..word]);
        return (if known { Token::Keyword } else { Token::Plain }, word);
    }
    (Token::Plain, first.len_utf8())
}

fn run(text: &str, part: impl Fn(char) -> bool) -> usize {
    text.find(|c| !part(c)).unwrap_or(text.len())
}

/// The length of a literal in quotes; up to the end where it is not closed.
fn quoted_length(rest: &str, quote: char, syntax: Syntax) -> usize {
    let escapes = !(quote == '`' && syntax == Syntax::Go || quote == '\'' && syntax == Syntax::Shell);
    let mut escaped = false;
    for (index, c) in rest.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' if escapes => escaped = true,
            c if c == quote => return index + quote.len_utf8(),
            _ => {}
        }
    }
    rest.len()
}

/// Rust's `r#"…"#`.
fn raw_length(rest: &str, syntax: Syntax) -> Option<usize> {
    let after = rest.strip_prefix('r').filter(|_| syntax == Syntax::Rust)?;
    let hashes = run(after, |c| c == '#');
    let inside = after[hashes..].strip_prefix('"')?;
    let end = format!("\"{}", &after[..hashes]);
    let start = 1 + hashes + 1;
    Some(inside.find(&end).map_or(rest.len(), |at| start + at + end.len()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn told(code: &str, syntax: Syntax) -> Vec<(&'static str, String)> {
        let all = highlight(code, syntax).into_iter().filter(|(token, _)| *token != Token::Plain);
        all.map(|(token, text)| (token.class(), text)).collect()
    }

    fn pair(class: &'static str, text: &str) -> (&'static str, String) {
        (class, text.to_owned())
    }

    #[test]
    fn json_tells_keys_from_texts() {
        let found = told(r#"{"a\"b": "c", "n": -1.5e3, "t": true}"#, Syntax::Json);
        let keys =
            [pair("k", r#""a\"b""#), pair("s", r#""c""#), pair("k", r#""n""#), pair("n", "1.5e3"), pair("k", r#""t""#), pair("k", "true")];
        assert_eq!(found, keys);
    }

    #[test]
    fn each_language_knows_its_quotes_and_comments() {
        assert_eq!(told("curl 'it'\\''s' # x", Syntax::Shell)[1..3], [pair("s", "'it'"), pair("s", "'s'")].map(|p| p)[..]);
        assert_eq!(
            told("let x = r#\"a \"b\" c\"#; // no", Syntax::Rust),
            [pair("k", "let"), pair("s", "r#\"a \"b\" c\"#"), pair("c", "// no")]
        );
        assert_eq!(told("x := `a\\` // y", Syntax::Go), [pair("s", "`a\\`"), pair("c", "// y")]);
        assert_eq!(told("\"https://a\"", Syntax::JavaScript), [pair("s", "\"https://a\"")]);
        assert_eq!(told("a = None # why", Syntax::Python), [pair("k", "None"), pair("c", "# why")]);
    }

    proptest! {
        #[test]
        fn nothing_is_lost(code in "[\\s\"'`#/\\\\r a-c0-9{}é:]{0,60}") {
            for syntax in [Syntax::Json, Syntax::Shell, Syntax::JavaScript, Syntax::Python, Syntax::Go, Syntax::Rust] {
                let whole: String = highlight(&code, syntax).into_iter().map(|(_, text)| text).collect();
                prop_assert_eq!(&whole, &code);
            }
        }
    }
}
