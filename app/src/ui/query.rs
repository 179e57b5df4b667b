//! Addresses with a query.

/// `path` with those of the pairs after it that have a value, in their order; what RFC 3986 reserves is percent-encoded.
pub fn with_query<N: AsRef<str>>(path: &str, pairs: impl IntoIterator<Item = (N, Option<String>)>) -> String {
    let mut address = path.to_owned();
    for (name, value) in pairs {
        let Some(value) = value else { continue };
        let joint = if address.len() == path.len() { '?' } else { '&' };
        address.push(joint);
        address.extend([spec::request::percent(name.as_ref()), "=".to_owned(), spec::request::percent(&value)]);
    }
    address
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_value_is_not_named() {
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(with_query("/a", [("b", None)]), "/a");
        assert_eq!(with_query("/a", [("b", None), ("id", some("0199-7c")), ("q", some("x&y z"))]), "/a?id=0199-7c&q=x%26y%20z");
    }
}
