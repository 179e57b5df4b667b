//! What the palette finds: pages and actions that every reader has, products and operations from the catalogue.

use super::fuzzy::score;
use crate::theme::Theme;
use crate::ui::icon::Glyph;
use domain::access::Actor;
use serde::{Deserialize, Serialize};

/// One line of the catalogue's index, as the server sends it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Indexed {
    pub title: String,
    /// The product of an operation, the version of a product.
    pub detail: String,
    pub href: String,
    /// Absent: a product.
    pub operation: Option<IndexedOperation>,
}

/// What else an operation is found by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IndexedOperation {
    pub method: String,
    pub path: String,
}

/// The groups, in the order they are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    Products,
    Operations,
    Pages,
    Actions,
}

impl Group {
    pub fn title(self) -> &'static str {
        match self {
            Self::Products => "APIs",
            Self::Operations => "Operations",
            Self::Pages => "Pages",
            Self::Actions => "Actions",
        }
    }
}

/// What choosing an entry does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    Go(String),
    Theme(Theme),
    SignOut,
}

/// One line of the palette.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub group: Group,
    pub icon: Glyph,
    pub title: String,
    pub detail: String,
    /// Of an operation.
    pub method: Option<String>,
    pub act: Act,
    /// The title in lower case.
    name: String,
    /// The title and what else the entry is found by, in lower case.
    text: String,
}

impl Entry {
    fn new(group: Group, icon: Glyph, title: &str, detail: &str, act: Act) -> Self {
        let name = title.to_lowercase();
        let text = format!("{name} {}", detail.to_lowercase());
        Self { group, icon, title: title.to_owned(), detail: detail.to_owned(), method: None, act, name, text }
    }

    /// How well it fits: what the title says counts before what else is known.
    fn score(&self, query: &str) -> Option<i32> {
        score(query, &self.name).map(|score| score + IN_THE_TITLE).or_else(|| score(query, &self.text))
    }

    fn page(icon: Glyph, title: &str, href: &str) -> Self {
        Self::new(Group::Pages, icon, title, "", Act::Go(href.to_owned()))
    }

    fn action(icon: Glyph, title: &str, act: Act) -> Self {
        Self::new(Group::Actions, icon, title, "", act)
    }

    /// Found by these words too: what others call it, in lower case.
    fn or(mut self, words: &str) -> Self {
        self.text = format!("{} {words}", self.text);
        self
    }
}

impl From<Indexed> for Entry {
    fn from(indexed: Indexed) -> Self {
        let Indexed { title, detail, href, operation } = indexed;
        let Some(IndexedOperation { method, path }) = operation else {
            return Self::new(Group::Products, Glyph::Package, &title, &detail, Act::Go(href));
        };
        let mut entry = Self::new(Group::Operations, Glyph::Code, &title, &detail, Act::Go(href));
        entry.text = format!("{} {}", entry.text, path.to_lowercase());
        entry.method = Some(method);
        entry
    }
}

/// The pages and actions of a reader.
pub fn own(actor: Option<&Actor>) -> Vec<Entry> {
    let mut entries = vec![
        Entry::page(Glyph::Grid, "All APIs", "/"),
        Entry::page(Glyph::Tag, "Pricing", "/pricing"),
        Entry::page(Glyph::History, "Changelog", "/changelog"),
        Entry::page(Glyph::Activity, "Status", "/status"),
    ];
    match actor {
        Some(actor) => entries.extend(for_member(actor)),
        None => entries.extend([
            Entry::action(Glyph::Key, "Get a key", Act::Go("/sign-up".to_owned())).or("sign up new key create key"),
            Entry::action(Glyph::User, "Sign in", Act::Go("/sign-in".to_owned())).or("log in login"),
        ]),
    }
    entries.extend([
        Entry::action(Glyph::Sun, "Use the light theme", Act::Theme(Theme::Light)),
        Entry::action(Glyph::Moon, "Use the dark theme", Act::Theme(Theme::Dark)),
        Entry::action(Glyph::Monitor, "Use the system's theme", Act::Theme(Theme::System)),
    ]);
    entries
}

fn for_member(actor: &Actor) -> Vec<Entry> {
    let mut entries = Vec::new();
    if actor.membership.is_some() {
        entries.extend([
            Entry::page(Glyph::Dashboard, "Overview", "/dashboard"),
            Entry::page(Glyph::Key, "Keys", "/dashboard/keys"),
            Entry::page(Glyph::Chart, "Usage", "/dashboard/usage"),
            Entry::page(Glyph::List, "Requests", "/dashboard/requests"),
            Entry::page(Glyph::Bill, "Billing", "/dashboard/billing"),
            Entry::page(Glyph::Users, "Team", "/dashboard/team"),
            Entry::page(Glyph::Settings, "Settings", "/dashboard/settings"),
            Entry::action(Glyph::Plus, "Make a key", Act::Go("/dashboard/keys/new".to_owned())).or("new key create key add key"),
            Entry::action(Glyph::Users, "Invite a colleague", Act::Go("/dashboard/team".to_owned())).or("add member"),
            Entry::action(Glyph::Tag, "Change or cancel a plan", Act::Go("/dashboard/billing".to_owned()))
                .or("upgrade downgrade change plan"),
        ]);
    }
    if actor.person.platform_admin {
        entries.extend([
            Entry::page(Glyph::Shield, "Admin: overview", "/admin"),
            Entry::page(Glyph::Boxes, "Admin: products", "/admin/products"),
            Entry::page(Glyph::Building, "Admin: partners", "/admin/partners"),
            Entry::page(Glyph::Wallet, "Admin: revenue", "/admin/revenue"),
            Entry::page(Glyph::Terminal, "Admin: access tokens", "/admin/tokens").or("publish from ci another gateway"),
            Entry::page(Glyph::History, "Admin: audit log", "/admin/audit"),
            Entry::page(Glyph::Mail, "Admin: outbox", "/admin/outbox"),
            Entry::page(Glyph::Route, "Admin: gateway", "/admin/gateway"),
            Entry::page(Glyph::Palette, "Admin: branding", "/admin/branding"),
        ]);
    }
    entries.push(Entry::action(Glyph::SignOut, "Sign out", Act::SignOut).or("log out logout leave"));
    entries
}

/// What a fit within the title is worth on top.
const IN_THE_TITLE: i32 = 50;

/// How many lines of one group are shown, so that the other groups stay in sight.
const OF_ONE_GROUP: usize = 7;

/// The entries that fit what was typed: by group, the best first; with nothing typed, everything but single operations.
pub fn matching(entries: &[Entry], query: &str) -> Vec<Entry> {
    let query = query.trim().to_lowercase();
    let mut scored: Vec<(i32, &Entry)> = match query.as_str() {
        "" => entries.iter().filter(|entry| entry.group != Group::Operations).map(|entry| (0, entry)).collect(),
        query => entries.iter().filter_map(|entry| Some((entry.score(query)?, entry))).collect(),
    };
    let best_of = |group| scored.iter().filter(|(_, entry)| entry.group == group).map(|(score, _)| *score).max().unwrap_or(i32::MIN);
    let mut groups = [Group::Products, Group::Operations, Group::Pages, Group::Actions];
    if !query.is_empty() {
        groups.sort_by_key(|&group| -i64::from(best_of(group)));
    }
    scored.sort_by_key(|(score, _)| -score);
    let of_group =
        |group| scored.iter().filter(move |(_, entry)| entry.group == group).take(OF_ONE_GROUP).map(|(_, entry)| (*entry).clone());
    groups.into_iter().flat_map(of_group).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::account::{Membership, Partner, PartnerStatus, Person, Role};
    use uuid::Uuid;

    fn catalogue() -> Vec<Entry> {
        let line = |title: &str, detail: &str, operation: Option<(&str, &str)>| Indexed {
            title: title.to_owned(),
            detail: detail.to_owned(),
            href: "/apis/labels".to_owned(),
            operation: operation.map(|(method, path)| IndexedOperation { method: method.to_owned(), path: path.to_owned() }),
        };
        let indexed = [
            line("Labels", "v2.0.3", None),
            line("Create a label", "Labels", Some(("POST", "/labels"))),
            line("Void a label", "Labels", Some(("DELETE", "/labels/{id}"))),
            line("Quote a rate", "Create and rate labels", Some(("POST", "/rates"))),
        ];
        own(None).into_iter().chain(indexed.map(Entry::from)).collect()
    }

    fn titles(query: &str) -> Vec<String> {
        matching(&catalogue(), query).into_iter().map(|entry| entry.title).collect()
    }

    #[test]
    fn nothing_typed_shows_what_there_is_but_not_every_operation() {
        let all = titles("");
        assert_eq!(all[0], "Labels");
        assert!(all.contains(&"Pricing".to_owned()) && all.contains(&"Get a key".to_owned()), "{all:?}");
        assert!(!all.contains(&"Void a label".to_owned()), "{all:?}");
    }

    #[test]
    fn the_group_of_the_best_fit_comes_first() {
        assert_eq!(titles("create label"), ["Create a label", "Quote a rate"]);
        assert_eq!(titles("dark")[0], "Use the dark theme");
        assert_eq!(titles("labels/{id}"), ["Void a label"]);
        assert!(titles("zzzz").is_empty());
    }

    #[test]
    fn a_visitor_is_offered_a_way_in_and_no_dashboard() {
        let own = own(None);
        assert!(own.iter().any(|entry| entry.act == Act::Go("/sign-up".to_owned())));
        assert!(
            own.iter().all(|entry| !matches!(&entry.act, Act::Go(href) if href.starts_with("/dashboard") || href.starts_with("/admin")))
        );
    }

    #[test]
    fn a_member_finds_actions_by_what_others_call_them() {
        let at = chrono::DateTime::UNIX_EPOCH;
        let partner = Partner { id: Uuid::nil(), name: "Northwind".to_owned(), status: PartnerStatus::Active, created_at: at };
        let person =
            Person { id: Uuid::nil(), email: String::new(), name: String::new(), platform_admin: false, verified_at: None, created_at: at };
        let membership = Membership { partner, role: Role::Owner };
        let actor = Actor { person, memberships: vec![membership.clone()], membership: Some(membership), session_id: Uuid::nil() };
        let entries = own(Some(&actor));
        for (query, title) in [
            ("new key", "Make a key"),
            ("create key", "Make a key"),
            ("sign out", "Sign out"),
            ("log out", "Sign out"),
            ("invite", "Invite a colleague"),
            ("change plan", "Change or cancel a plan"),
        ] {
            assert_eq!(matching(&entries, query).first().map(|entry| entry.title.as_str()), Some(title), "{query}");
        }
    }

    #[test]
    fn one_group_leaves_room_for_the_others() {
        let many = (0..50).map(|n| Indexed {
            title: format!("Create thing {n}"),
            detail: "Things".to_owned(),
            href: String::new(),
            operation: Some(IndexedOperation { method: "GET".to_owned(), path: "/".to_owned() }),
        });
        let entries: Vec<Entry> = many.map(Entry::from).collect();
        assert_eq!(matching(&entries, "create").len(), OF_ONE_GROUP);
    }
}
