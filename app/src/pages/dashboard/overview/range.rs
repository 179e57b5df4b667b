//! Which span of time the overview and the usage show, and of which environment.

use crate::ui::Choice;
use domain::key::Environment;
use serde::{Deserialize, Serialize};

/// A choice of span, ending now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Range {
    Day,
    Week,
    Period,
    Quarter,
}

impl Range {
    const ALL: [Self; 4] = [Self::Day, Self::Week, Self::Period, Self::Quarter];

    /// Its name in the address.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Day => "24h",
            Self::Week => "7d",
            Self::Period => "period",
            Self::Quarter => "90d",
        }
    }

    /// The range with this name, else the running period.
    pub fn parse(text: &str) -> Self {
        Self::ALL.into_iter().find(|range| range.as_str() == text).unwrap_or(Self::Period)
    }

    fn label(self) -> &'static str {
        match self {
            Self::Day => "24 h",
            Self::Week => "7 d",
            Self::Period => "This period",
            Self::Quarter => "90 d",
        }
    }

    /// From when until when.
    #[cfg(feature = "ssr")]
    pub fn span(self, now: chrono::DateTime<chrono::Utc>) -> (chrono::DateTime<chrono::Utc>, chrono::DateTime<chrono::Utc>) {
        use chrono::TimeDelta;
        use domain::period::Period;
        let from = match self {
            Self::Day => now - TimeDelta::hours(24),
            Self::Week => now - TimeDelta::days(7),
            Self::Period => Period::month_of(now).start,
            Self::Quarter => now - TimeDelta::days(90),
        };
        (from, now)
    }
}

/// Links to the same page with another range.
pub fn ranges(page: &str, environment: Environment) -> Vec<Choice> {
    Range::ALL.map(|range| Choice::new(range.as_str(), range.label(), address(page, range, environment))).to_vec()
}

/// Links to the same page for the other environment.
pub fn environments(page: &str, range: Range) -> Vec<Choice> {
    let choice = |environment: Environment, label| Choice::new(environment.as_str(), label, address(page, range, environment));
    vec![choice(Environment::Live, "Live"), choice(Environment::Test, "Sandbox")]
}

fn address(page: &str, range: Range, environment: Environment) -> String {
    format!("{page}?env={}&range={}", environment.as_str(), range.as_str())
}
