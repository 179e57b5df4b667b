//! Text that matches an expression.

use super::{Class, Node, Pattern};

/// Characters that read well, tried in this order.
const FAVOURITES: &str = "A1a0BCDEFGHIJKLMNOPQRSTUVWXYZ23456789bcdefghijklmnopqrstuvwxyz-_ .@:/+#";
/// How many times more than needed a repetition is tried, one after the other.
const MAX_EXTRA: usize = 64;
/// The longest text that is made up, in characters: counts inside counts ask for any number.
const LONGEST: usize = 1_000;
/// Nodes that all tries together write before no example is found; what is repeated may be empty.
const MAX_STEPS: usize = 100_000;

pub(super) fn example(pattern: &Pattern, min: usize, max: usize, variant: usize) -> Option<String> {
    // First a plausible length, then shorter and longer ones.
    let extras = [1, 0].into_iter().chain(2..=MAX_EXTRA);
    let tries = extras.flat_map(|extra| [variant, variant + 1, variant + 2].map(|v| (extra, v)));
    let max = max.min(LONGEST);
    let mut steps = 0;
    for (extra, variant) in tries {
        let mut writer = Writer { text: String::new(), length: 0, extra, variant, max, steps };
        writer.branches(&pattern.branches);
        steps = writer.steps;
        if steps > MAX_STEPS {
            return None;
        }
        if (min..=max).contains(&writer.length) {
            match pattern.is_match(&writer.text) {
                Some(true) => return Some(writer.text),
                Some(false) => {}
                // What is too hard to check once is so every time.
                None => return None,
            }
        }
    }
    None
}

struct Writer {
    text: String,
    length: usize,
    extra: usize,
    variant: usize,
    max: usize,
    steps: usize,
}

impl Writer {
    fn branches(&mut self, branches: &[Vec<Node>]) {
        let chosen = branches.get(self.variant % branches.len().max(1));
        for node in chosen.into_iter().flatten() {
            self.node(node);
        }
    }

    fn node(&mut self, node: &Node) {
        self.steps += 1;
        match node {
            Node::Char(c) => self.push(*c),
            Node::Class(class) => {
                self.steps += class.items.len();
                let chosen = choose(class, self.variant + self.length);
                self.push(chosen);
            }
            Node::Group(branches) => self.branches(branches),
            Node::Repeat { node, min, max } => {
                let times = (min + self.extra).min(*max).max(*min);
                for _ in 0..times {
                    if self.length > self.max || self.steps > MAX_STEPS {
                        break;
                    }
                    self.node(node);
                }
            }
            Node::Start | Node::End | Node::WordEdge(_) | Node::Ahead(..) => {}
        }
    }

    fn push(&mut self, c: char) {
        self.text.push(c);
        self.length += 1;
    }
}

fn choose(class: &Class, variant: usize) -> char {
    let good: Vec<char> = FAVOURITES.chars().filter(|c| class.contains(*c)).collect();
    if let Some(c) = good.get(variant % good.len().max(1)) {
        return *c;
    }
    let rare = (' '..='\u{2000}').chain('\0'..' ').find(|c| class.contains(*c));
    rare.unwrap_or('x')
}
