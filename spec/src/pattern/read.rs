//! The text of an expression to its tree.

use super::{Class, Item, Node};
use std::iter::Peekable;
use std::str::Chars;

/// Groups inside groups.
const MAX_DEPTH: usize = 50;
/// "Any number of times".
const UNBOUNDED: usize = usize::MAX;
/// The largest count in braces.
const MAX_COUNT: usize = 10_000;

type Source<'t> = Peekable<Chars<'t>>;

pub(super) fn read(text: &str) -> Option<Vec<Vec<Node>>> {
    let mut source = text.chars().peekable();
    let branches = branches(&mut source, 0)?;
    source.next().is_none().then_some(branches)
}

/// Alternatives, up to a closing parenthesis or the end.
fn branches(source: &mut Source<'_>, depth: usize) -> Option<Vec<Vec<Node>>> {
    if depth > MAX_DEPTH {
        return None;
    }
    let mut all = vec![Vec::new()];
    while let Some(&c) = source.peek() {
        match c {
            ')' => break,
            '|' => {
                source.next();
                all.push(Vec::new());
            }
            _ => {
                let node = atom(source, depth)?;
                let node = repeated(source, node)?;
                all.last_mut()?.push(node);
            }
        }
    }
    Some(all)
}

fn atom(source: &mut Source<'_>, depth: usize) -> Option<Node> {
    match source.next()? {
        '^' => Some(Node::Start),
        '$' => Some(Node::End),
        '.' => {
            let breaks = ['\n', '\r', '\u{2028}', '\u{2029}'].map(|c| Item::Range(c, c));
            Some(Node::Class(Class { negated: true, items: breaks.to_vec() }))
        }
        '[' => class(source).map(Node::Class),
        '(' => group(source, depth),
        '\\' => escape(source),
        '*' | '+' | '?' => None,
        c => Some(Node::Char(c)),
    }
}

fn group(source: &mut Source<'_>, depth: usize) -> Option<Node> {
    let mut ahead = None;
    if source.next_if_eq(&'?').is_some() {
        match source.next()? {
            ':' => {}
            '=' => ahead = Some(true),
            '!' => ahead = Some(false),
            '<' if !matches!(source.peek(), Some('=' | '!')) => while source.next()? != '>' {},
            _ => return None,
        }
    }
    let inside = branches(source, depth + 1)?;
    source.next_if_eq(&')')?;
    Some(ahead.map_or(Node::Group(inside.clone()), |wanted| Node::Ahead(wanted, inside)))
}

fn escape(source: &mut Source<'_>) -> Option<Node> {
    match source.next()? {
        'b' => Some(Node::WordEdge(true)),
        'B' => Some(Node::WordEdge(false)),
        '1'..='9' | 'k' => None,
        c => Some(match item(source, c)? {
            Item::Range(low, high) if low == high => Node::Char(low),
            other => Node::Class(Class::of(other)),
        }),
    }
}

/// What a backslash and this character stand for.
fn item(source: &mut Source<'_>, c: char) -> Option<Item> {
    let one = |c: char| Some(Item::Range(c, c));
    match c {
        'd' => Some(Item::Digit(true)),
        'D' => Some(Item::Digit(false)),
        'w' => Some(Item::Word(true)),
        'W' => Some(Item::Word(false)),
        's' => Some(Item::Space(true)),
        'S' => Some(Item::Space(false)),
        'p' | 'P' => property(source, c == 'p'),
        'n' => one('\n'),
        'r' => one('\r'),
        't' => one('\t'),
        'f' => one('\u{c}'),
        'v' => one('\u{b}'),
        '0' => one('\0'),
        'x' => hex(source, 2).and_then(one),
        'u' if source.next_if_eq(&'{').is_some() => braced_hex(source).and_then(one),
        'u' => hex(source, 4).and_then(one),
        c if c.is_ascii_alphanumeric() => None,
        c => one(c),
    }
}

fn property(source: &mut Source<'_>, wanted: bool) -> Option<Item> {
    source.next_if_eq(&'{')?;
    let mut name = String::new();
    loop {
        match source.next()? {
            '}' => break,
            c => name.push(c),
        }
    }
    match (name.as_str(), wanted) {
        ("L" | "Letter" | "Alphabetic", _) => Some(Item::Letter(wanted)),
        ("Lu" | "Uppercase", true) => Some(Item::Upper),
        ("Ll" | "Lowercase", true) => Some(Item::Lower),
        ("N" | "Nd" | "Number", true) => Some(Item::Number),
        _ => None,
    }
}

fn hex(source: &mut Source<'_>, digits: usize) -> Option<char> {
    let text: String = source.by_ref().take(digits).collect();
    (text.len() == digits).then_some(())?;
    char::from_u32(u32::from_str_radix(&text, 16).ok()?)
}

fn braced_hex(source: &mut Source<'_>) -> Option<char> {
    let text: String = source.by_ref().take_while(|c| *c != '}').collect();
    char::from_u32(u32::from_str_radix(&text, 16).ok()?)
}

fn class(source: &mut Source<'_>) -> Option<Class> {
    let negated = source.next_if_eq(&'^').is_some();
    let mut items = Vec::new();
    loop {
        let low = match source.next()? {
            ']' => return Some(Class { negated, items }),
            c => class_item(source, c)?,
        };
        let dash = source.peek() == Some(&'-') && source.clone().nth(1) != Some(']');
        let (Item::Range(first, _), true) = (&low, dash) else {
            items.push(low);
            continue;
        };
        source.next();
        let next = source.next()?;
        match class_item(source, next)? {
            Item::Range(last, _) if first <= &last => items.push(Item::Range(*first, last)),
            Item::Range(..) => return None,
            other => items.extend([low, Item::Range('-', '-'), other]),
        }
    }
}

fn class_item(source: &mut Source<'_>, c: char) -> Option<Item> {
    if c != '\\' {
        return Some(Item::Range(c, c));
    }
    match source.next()? {
        'b' => Some(Item::Range('\u{8}', '\u{8}')),
        c => item(source, c),
    }
}

fn repeated(source: &mut Source<'_>, node: Node) -> Option<Node> {
    let (min, max) = match source.peek() {
        Some('*') => (0, UNBOUNDED),
        Some('+') => (1, UNBOUNDED),
        Some('?') => (0, 1),
        Some('{') => match counts(&mut source.clone()) {
            Some((min, max, length)) => {
                for _ in 1..length {
                    source.next();
                }
                (min, max)
            }
            // A brace that is no count is just a brace.
            None => return Some(node),
        },
        _ => return Some(node),
    };
    source.next();
    source.next_if_eq(&'?');
    if min > max || matches!(node, Node::Start | Node::End | Node::WordEdge(_)) {
        return None;
    }
    Some(Node::Repeat { node: Box::new(node), min, max })
}

/// `{2}`, `{2,}` or `{2,5}`, with the number of characters it takes.
fn counts(source: &mut Source<'_>) -> Option<(usize, usize, usize)> {
    source.next_if_eq(&'{')?;
    let mut text = String::new();
    loop {
        match source.next()? {
            '}' => break,
            c if c.is_ascii_digit() || c == ',' => text.push(c),
            _ => return None,
        }
    }
    let (low, high) = text.split_once(',').unwrap_or((&text, &text));
    let min: usize = low.parse().ok()?;
    let max = if high.is_empty() { UNBOUNDED } else { high.parse().ok()? };
    (min <= MAX_COUNT).then_some((min, max, text.len() + 2))
}
