//! Where in the document the reader is: a chain on the stack that becomes a JSON pointer only when something is wrong.

use std::borrow::Cow;

/// A place in the document (RFC 6901).
pub(super) enum At<'a> {
    /// A pointer that is already text; the document itself when empty.
    Pointer(&'a str),
    Key(&'a At<'a>, &'a str),
    Item(&'a At<'a>, usize),
}

impl<'a> At<'a> {
    pub(super) fn key(&'a self, key: &'a str) -> At<'a> {
        At::Key(self, key)
    }

    pub(super) fn item(&'a self, index: usize) -> At<'a> {
        At::Item(self, index)
    }

    pub(super) fn pointer(&self) -> String {
        match self {
            At::Pointer(text) => (*text).to_owned(),
            At::Key(parent, key) => format!("{}/{}", parent.pointer(), escape(key)),
            At::Item(parent, index) => format!("{}/{index}", parent.pointer()),
        }
    }
}

fn escape(key: &str) -> Cow<'_, str> {
    if key.contains(['~', '/']) { Cow::Owned(key.replace('~', "~0").replace('/', "~1")) } else { Cow::Borrowed(key) }
}

/// The segments of a pointer, unescaped.
pub(super) fn segments(pointer: &str) -> Vec<String> {
    pointer.split('/').skip(1).map(|s| s.replace("~1", "/").replace("~0", "~")).collect()
}

/// The pointer inside a local reference (`#/components/schemas/A%20b`), percent-decoded.
///
/// # Errors
/// What is wrong with the reference, in words.
pub(super) fn local(reference: &str) -> Result<String, String> {
    let Some(fragment) = reference.strip_prefix('#') else {
        return Err(format!("`{reference}` points outside this document; bundle the document into one file first"));
    };
    if !fragment.starts_with('/') {
        return Err(format!("`{reference}` is not a path; write it as `#/components/…`"));
    }
    percent_decoded(fragment).ok_or_else(|| format!("`{reference}` has a broken percent escape"))
}

fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        if byte == b'%' {
            let digits = std::str::from_utf8(rest.get(..2)?).ok()?;
            bytes.push(u8::from_str_radix(digits, 16).ok()?);
            rest = &rest[2..];
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_becomes_an_escaped_pointer_and_back() {
        let root = At::Pointer("");
        let paths = root.key("paths");
        let path = paths.key("/a~b/{c}");
        let item = path.item(3);
        assert_eq!(item.pointer(), "/paths/~1a~0b~1{c}/3");
        assert_eq!(segments(&item.pointer()), ["paths", "/a~b/{c}", "3"]);
    }

    #[test]
    fn references_are_percent_decoded_once() {
        assert_eq!(local("#/a/%7Bb%7D/%2525").as_deref(), Ok("/a/{b}/%25"));
        assert!(local("#/a/%7").is_err());
        assert!(local("#/a/%zz").is_err());
        assert!(local("#anchor").is_err_and(|m| m.contains("not a path")));
        assert!(local("./other.yaml#/a").is_err_and(|m| m.contains("outside this document")));
    }
}
