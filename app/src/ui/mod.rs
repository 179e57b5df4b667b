//! Components: how things look, whatever they show. What they show is given to them, but for the header's: its palette fetches the
//! catalogue's index when it opens, and its menu posts to the session's server functions.

pub mod badge;
pub mod card;
pub mod chart;
pub mod code;
pub mod copy;
pub mod drawer;
pub mod footer;
pub mod form;
pub mod format;
pub mod frame;
pub mod header;
pub mod icon;
pub mod menu;
pub mod meter;
pub mod note;
pub mod palette;
pub mod paths;
pub mod plan_words;
pub mod query;
pub mod route_dialog;
pub mod state;
pub mod state_pill;
pub mod table;
pub mod tabs;
pub mod time;
pub mod toast;

pub use badge::{Pill, Tone, Verb};
pub use card::{Card, Kpi};
pub use chart::{Chart, ChartData, Series};
pub use code::{Code, with_code};
pub use copy::{Copy, SecretBox};
pub use drawer::{NavLink, Shell, SideNav};
pub use form::{Ask, AskFirst, Check, KeepOrRevoke, Refused, Select, Submit, TextArea, TextInput, refusal};
pub use icon::{Glyph, Icon};
pub use meter::{QuotaMeter, Sparkline};
pub use note::Note;
pub use state::{Empty, Retry, Skeleton};
pub use state_pill::{invoice_state, key_state, subscription_state};
pub use table::{Pager, TableWrap};
pub use tabs::{Choice, Segments, Tabs};
pub use time::Moment;
pub use toast::{Toasts, use_toasts};
