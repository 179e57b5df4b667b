//! Matching by trying, with a bound on how much is tried.

use super::{Node, is_word};
use std::cell::Cell;

/// Single comparisons before giving up.
const MAX_STEPS: u32 = 200_000;
/// Calls inside calls before giving up; the browser's stack is small.
const MAX_DEPTH: u32 = 400;

pub(super) fn is_match(branches: &[Vec<Node>], text: &str) -> Option<bool> {
    let text: Vec<char> = text.chars().collect();
    let run = Run { text: &text, steps: Cell::new(0), depth: Cell::new(0), gave_up: Cell::new(false) };
    for start in 0..=text.len() {
        if run.any(branches, start, &mut |_| true) {
            return Some(true);
        }
        if run.gave_up.get() {
            return None;
        }
        if branches.iter().all(|b| b.first() == Some(&Node::Start)) {
            break;
        }
    }
    Some(false)
}

struct Run<'t> {
    text: &'t [char],
    steps: Cell<u32>,
    depth: Cell<u32>,
    gave_up: Cell<bool>,
}

type Then<'c> = &'c mut dyn FnMut(usize) -> bool;

impl Run<'_> {
    fn any(&self, branches: &[Vec<Node>], at: usize, then: Then<'_>) -> bool {
        branches.iter().any(|branch| self.all(branch, at, then))
    }

    /// Whether the nodes match here and `then` accepts where they end.
    fn all(&self, nodes: &[Node], at: usize, then: Then<'_>) -> bool {
        self.depth.set(self.depth.get() + 1);
        let found = self.depth.get() <= MAX_DEPTH && self.all_inside(nodes, at, then);
        if self.depth.get() > MAX_DEPTH {
            self.gave_up.set(true);
        }
        self.depth.set(self.depth.get() - 1);
        found && !self.gave_up.get()
    }

    fn all_inside(&self, mut nodes: &[Node], mut at: usize, then: Then<'_>) -> bool {
        while let Some((first, rest)) = nodes.split_first() {
            if !self.step() {
                return false;
            }
            match first {
                Node::Group(branches) => return self.any(branches, at, &mut |end| self.all(rest, end, then)),
                Node::Repeat { node, min, max } => return self.repeat(node, *min, *max, rest, at, then),
                Node::Ahead(wanted, branches) => {
                    if self.any(branches, at, &mut |_| true) != *wanted {
                        return false;
                    }
                }
                Node::Start if at != 0 => return false,
                Node::End if at != self.text.len() => return false,
                Node::WordEdge(wanted) if self.is_word_edge(at) != *wanted => return false,
                Node::Start | Node::End | Node::WordEdge(_) => {}
                single => {
                    if !self.one(single, at) {
                        return false;
                    }
                    at += 1;
                }
            }
            nodes = rest;
        }
        then(at)
    }

    fn repeat(&self, node: &Node, min: usize, max: usize, rest: &[Node], at: usize, then: Then<'_>) -> bool {
        if !matches!(node, Node::Char(_) | Node::Class(_)) {
            return self.repeat_group(node, (min, max), rest, at, then);
        }
        let mut count = 0;
        while count < max && self.one(node, at + count) && self.step() {
            count += 1;
        }
        (min..=count).rev().any(|n| self.all(rest, at + n, then))
    }

    fn repeat_group(&self, node: &Node, (min, max): (usize, usize), rest: &[Node], at: usize, then: Then<'_>) -> bool {
        let once = std::slice::from_ref(node);
        let more = max > 0
            && self.all(once, at, &mut |end| {
                // An empty round changes nothing, so it may stand for all the rounds that are still owed.
                if end == at { self.all(rest, end, then) } else { self.again(node, min, max, rest, end, then) }
            });
        more || min == 0 && self.all(rest, at, then)
    }

    fn again(&self, node: &Node, min: usize, max: usize, rest: &[Node], at: usize, then: Then<'_>) -> bool {
        let left = if max == usize::MAX { max } else { max - 1 };
        self.repeat_group(node, (min.saturating_sub(1), left), rest, at, then)
    }

    fn one(&self, node: &Node, at: usize) -> bool {
        match (node, self.text.get(at)) {
            (Node::Char(wanted), Some(c)) => wanted == c,
            (Node::Class(class), Some(c)) => class.contains(*c),
            _ => false,
        }
    }

    fn is_word_edge(&self, at: usize) -> bool {
        let word = |index: Option<usize>| index.and_then(|i| self.text.get(i)).is_some_and(|c| is_word(*c));
        word(at.checked_sub(1)) != word(Some(at))
    }

    fn step(&self) -> bool {
        self.steps.set(self.steps.get() + 1);
        if self.steps.get() > MAX_STEPS {
            self.gave_up.set(true);
        }
        !self.gave_up.get()
    }
}
