//! Regular expressions as ECMA-262 writes them, small enough for the browser: matching with a bound on effort, and
//! making up text that matches.

mod example;
mod matching;
mod read;

/// A parsed expression.
#[derive(Debug, Clone, PartialEq)]
pub struct Pattern {
    branches: Vec<Vec<Node>>,
}

impl Pattern {
    /// Reads an expression. `None` when it uses what is not supported here (back references, look-behind, unusual
    /// Unicode properties) or is broken: then nothing can be said about a text.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        read::read(text).map(|branches| Self { branches })
    }

    /// Whether the expression is found in the text. `None` when it would take too long to tell.
    #[must_use]
    pub fn is_match(&self, text: &str) -> Option<bool> {
        matching::is_match(&self.branches, text)
    }

    /// Text that matches, with a length (in characters) inside the bounds. Another `variant` gives another text where
    /// the expression leaves a choice. `None` when none was found.
    #[must_use]
    pub fn example(&self, min: usize, max: usize, variant: usize) -> Option<String> {
        example::example(self, min, max, variant)
    }
}

#[derive(Debug, Clone, PartialEq)]
enum Node {
    Char(char),
    Class(Class),
    Start,
    End,
    /// `\b`, or `\B` when not.
    WordEdge(bool),
    Group(Vec<Vec<Node>>),
    /// `(?=…)`, or `(?!…)` when not.
    Ahead(bool, Vec<Vec<Node>>),
    Repeat {
        node: Box<Node>,
        min: usize,
        max: usize,
    },
}

#[derive(Debug, Clone, Default, PartialEq)]
struct Class {
    negated: bool,
    items: Vec<Item>,
}

impl Class {
    fn of(item: Item) -> Self {
        Self { negated: false, items: vec![item] }
    }

    fn contains(&self, c: char) -> bool {
        self.items.iter().any(|i| i.contains(c)) != self.negated
    }
}

#[derive(Debug, Clone, PartialEq)]
enum Item {
    Range(char, char),
    Digit(bool),
    Word(bool),
    Space(bool),
    Letter(bool),
    Upper,
    Lower,
    Number,
}

impl Item {
    fn contains(&self, c: char) -> bool {
        match self {
            Self::Range(low, high) => (*low..=*high).contains(&c),
            Self::Digit(wanted) => c.is_ascii_digit() == *wanted,
            Self::Word(wanted) => is_word(c) == *wanted,
            Self::Space(wanted) => c.is_whitespace() == *wanted,
            Self::Letter(wanted) => c.is_alphabetic() == *wanted,
            Self::Upper => c.is_uppercase(),
            Self::Lower => c.is_lowercase(),
            Self::Number => c.is_numeric(),
        }
    }
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

#[cfg(test)]
mod tests {
    use super::Pattern;

    fn found(pattern: &str, text: &str) -> bool {
        Pattern::new(pattern).unwrap().is_match(text).unwrap()
    }

    #[test]
    fn matches_what_ecma_matches() {
        let yes = [
            ("^[A-Z]{2}$", "DE"),
            ("a|b", "xxb"),
            (r"^\d+(\.\d+)?$", "12.50"),
            (r"^[^\s@]+@[^\s@]+$", "a@b"),
            ("^(ab)*c?$", "ababc"),
            (r"^1Z[0-9A-Z]{16}$", "1Z999AA10123456784"),
            ("", "anything"),
            (r"\bcat\b", "a cat."),
            (r"^(?=.*\d)(?=.*[a-z]).{4,}$", "abc1"),
            ("^(?!x)", "y"),
            (r"^[\w.-]+$", "a_b.c-d"),
            ("^[a-]+$", "a-"),
            (r"^A$", "\u{41}"),
            (r"^\p{L}+$", "Größe"),
            ("^(?:a|ab)(?:c|bcd)$", "abcd"),
            ("^a{2,3}?$", "aaa"),
            ("^x{$", "x{"),
            (r"^\/v1\/", "/v1/x"),
            ("^(a*)*$", "aaaa"),
            ("^(?<year>[0-9]{4})$", "2026"),
        ];
        for (pattern, text) in yes {
            assert!(found(pattern, text), "{pattern} in {text}");
        }
    }

    #[test]
    fn does_not_match_what_ecma_does_not() {
        let no = [
            ("^[A-Z]{2}$", "DEU"),
            ("^[A-Z]{2}$", "de"),
            (r"^\d+$", ""),
            ("^(?!x)", "xy"),
            (r"\bcat\b", "concat"),
            ("^a{2,3}$", "aaaa"),
            ("^.$", "\n"),
            (r"^\D$", "7"),
            ("^[^a]$", "a"),
            ("^(?:a|b){2}$", "abb"),
        ];
        for (pattern, text) in no {
            assert!(!found(pattern, text), "{pattern} in {text}");
        }
    }

    #[test]
    fn what_is_not_supported_says_so() {
        for pattern in [r"(a)\1", "(?<=a)b", "(", "a)", "[a", "*a", r"\p{Script=Greek}", "[z-a]", "a{3,2}"] {
            assert_eq!(Pattern::new(pattern), None, "{pattern}");
        }
        assert_eq!(Pattern::new(&"(".repeat(10_000)), None);
    }

    #[test]
    fn effort_is_bounded() {
        let pattern = Pattern::new("^(a+)+$").unwrap();
        assert_eq!(pattern.is_match(&format!("{}b", "a".repeat(60))), None);
        assert_eq!(Pattern::new("^(ab|cd)*$").unwrap().is_match(&"ab".repeat(100_000)), None);
        assert_eq!(Pattern::new("^[a-z]*$").unwrap().is_match(&"a".repeat(100_000)), Some(true));
    }

    #[test]
    fn examples_match_and_vary() {
        let patterns = [
            "^[A-Z]{2}$",
            r"^\d{5}(-\d{4})?$",
            "^(red|green|blue)$",
            "^1Z[0-9A-Z]{16}$",
            r"^[^\s@]+@[^\s@]+\.[a-z]{2,}$",
            "x",
            "^[a-z][a-z0-9-]*$",
            r"^\+[1-9]\d{1,14}$",
            "^(?!0)[0-9]{3}$",
        ];
        for text in patterns {
            let pattern = Pattern::new(text).unwrap();
            let made = pattern.example(0, 100, 0).unwrap_or_else(|| panic!("{text}"));
            assert_eq!(pattern.is_match(&made), Some(true), "{text}: {made}");
        }
        let code = Pattern::new("^[A-Z]{2}$").unwrap();
        assert_ne!(code.example(0, 9, 0), code.example(0, 9, 1));
        let long = Pattern::new("^[a-z]*$").unwrap().example(12, 12, 0).unwrap();
        assert_eq!(long.len(), 12);
        assert_eq!(code.example(3, 9, 0), None);
    }

    #[test]
    fn examples_of_counts_inside_counts_are_given_up() {
        for text in [
            "^((((a{1000}){1000}){1000}){1000})$",
            "^((((((((a+)+)+){9}){9}){9}){999}){999})$",
            "^(((((){1000}){1000}){1000}){1000})$",
            "^((((^$|\\b){1000}){1000}){1000})x$",
            "^([a-z]{10000}){10000}$",
        ] {
            assert_eq!(Pattern::new(text).unwrap().example(0, usize::MAX, 0), None, "{text}");
        }
    }
}
