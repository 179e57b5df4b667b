//! What an answer says of rate and quota (draft-ietf-httpapi-ratelimit-headers).

use axum::http::{HeaderName, HeaderValue};

/// The window of a quota, in seconds: thirty days.
const MONTH: u64 = 2_592_000;

const LIMIT: HeaderName = HeaderName::from_static("ratelimit");
const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// `RateLimit-Policy` and `RateLimit`: what is allowed, and what of it is left.
pub type Limits = [(HeaderName, HeaderValue); 2];

/// What is allowed: calls a second, and of a month.
pub fn policy(per_second: i64, quota: Option<i64>) -> HeaderValue {
    let mut items = Items::default();
    items.add("second", [("q", whole(per_second)), ("w", 1)]);
    if let Some(quota) = quota {
        items.add("month", [("q", whole(quota)), ("w", MONTH)]);
    }
    items.value()
}

/// What is left: calls in this second, and of the month; each with the seconds until there are more.
pub fn of(policy: HeaderValue, second: (u64, u64), month: Option<(i64, u64)>) -> Limits {
    let mut items = Items::default();
    items.add("second", [("r", second.0), ("t", second.1)]);
    if let Some((left, reset)) = month {
        items.add("month", [("r", whole(left)), ("t", reset)]);
    }
    [(POLICY, policy), (LIMIT, items.value())]
}

/// Those of a quota that is used up for so many seconds.
pub fn used_up(quota: i64, reset: u64) -> Limits {
    let (mut policy, mut limit) = (Items::default(), Items::default());
    policy.add("month", [("q", whole(quota)), ("w", MONTH)]);
    limit.add("month", [("r", 0), ("t", reset)]);
    [(POLICY, policy.value()), (LIMIT, limit.value())]
}

/// The items of a structured field's list, with their parameters (RFC 9651, 3.1).
#[derive(Default)]
struct Items(String);

impl Items {
    fn add(&mut self, name: &str, parameters: [(&str, u64); 2]) {
        if self.0.is_empty() {
            self.0.reserve(64);
        } else {
            self.0.push_str(", ");
        }
        self.0.extend(["\"", name, "\""]);
        let mut digits = itoa::Buffer::new();
        for (key, value) in parameters {
            self.0.extend([";", key, "=", digits.format(value)]);
        }
    }

    fn value(self) -> HeaderValue {
        // Letters, digits and signs: they make a value.
        HeaderValue::try_from(self.0).unwrap_or_else(|_| HeaderValue::from_static(""))
    }
}

fn whole(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_read_as_the_draft_says() {
        let headers = of(policy(2, Some(500)), (1, 1), Some((499, 86_400)));
        assert_eq!(headers[0].1, "\"second\";q=2;w=1, \"month\";q=500;w=2592000");
        assert_eq!(headers[1].1, "\"second\";r=1;t=1, \"month\";r=499;t=86400");
        let paid = of(policy(20, None), (19, 1), None);
        assert_eq!((&paid[0].1, &paid[1].1), (&policy(20, None), &HeaderValue::from_static("\"second\";r=19;t=1")));
        assert_eq!(used_up(500, 60)[1].1, "\"month\";r=0;t=60");
    }
}
