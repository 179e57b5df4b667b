//! The formats that texts and numbers can have: which are checked, and an example of each.

/// A format that is checked.
pub(crate) struct Format {
    pub(crate) name: &'static str,
    pub(crate) example: &'static str,
    /// For a message: "must be …".
    pub(crate) words: &'static str,
    pub(crate) fits: fn(&str) -> bool,
}

/// Formats of text. Others, such as `password` or an author's own, are not checked.
const FORMATS: [Format; 11] = [
    Format { name: "date-time", example: "2026-03-14T09:30:00Z", words: "a time such as 2026-03-14T09:30:00Z", fits: is_date_time },
    Format { name: "date", example: "2026-03-14", words: "a date such as 2026-03-14", fits: is_date },
    Format { name: "time", example: "09:30:00Z", words: "a time of day such as 09:30:00Z", fits: is_time },
    Format { name: "email", example: "ana@example.com", words: "an email address", fits: is_email },
    Format {
        name: "uuid",
        example: "3f2b8c1e-5d47-4a90-9c1b-7e6f0a2d4b58",
        words: "a UUID such as 3f2b8c1e-5d47-4a90-9c1b-7e6f0a2d4b58",
        fits: is_uuid,
    },
    Format { name: "uri", example: "https://example.com/path", words: "an absolute URL", fits: is_uri },
    Format { name: "url", example: "https://example.com/path", words: "an absolute URL", fits: is_uri },
    Format { name: "ipv4", example: "192.0.2.10", words: "an IPv4 address such as 192.0.2.10", fits: is_ipv4 },
    Format { name: "ipv6", example: "2001:db8::10", words: "an IPv6 address such as 2001:db8::10", fits: is_ipv6 },
    Format { name: "hostname", example: "api.example.com", words: "a host name such as api.example.com", fits: is_hostname },
    Format { name: "byte", example: "UG9ydGljbw==", words: "text in base64", fits: is_base64 },
];

/// The checked format of this name.
pub(crate) fn find(name: &str) -> Option<&'static Format> {
    FORMATS.iter().find(|f| f.name == name)
}

fn is_date(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let [year, month, day] = parts.as_slice() else { return false };
    let (Some(year), Some(month), Some(day)) = (digits(year, 4), digits(month, 2), digits(day, 2)) else { return false };
    (1..=12).contains(&month) && (1..=days_in(year, month)).contains(&day)
}

fn days_in(year: u32, month: u32) -> u32 {
    let leap = year.is_multiple_of(4) && !year.is_multiple_of(100) || year.is_multiple_of(400);
    match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

fn digits(text: &str, length: usize) -> Option<u32> {
    let plain = text.len() == length && text.bytes().all(|b| b.is_ascii_digit());
    plain.then(|| text.parse().ok()).flatten()
}

/// RFC 3339 "full-time", with its offset.
fn is_time(text: &str) -> bool {
    let Some(split) = text.find(['Z', 'z', '+', '-']) else { return false };
    let (clock, offset) = text.split_at(split);
    is_clock(clock) && (offset.eq_ignore_ascii_case("z") || is_offset(&offset[1..]))
}

fn is_clock(text: &str) -> bool {
    let (whole, fraction) = text.split_once('.').map_or((text, None), |(w, f)| (w, Some(f)));
    let parts: Vec<&str> = whole.split(':').collect();
    let [hour, minute, second] = parts.as_slice() else { return false };
    let below = |text: &str, limit: u32| digits(text, 2).is_some_and(|n| n < limit);
    let tail = fraction.is_none_or(|f| !f.is_empty() && f.bytes().all(|b| b.is_ascii_digit()));
    below(hour, 24) && below(minute, 60) && below(second, 61) && tail
}

fn is_offset(text: &str) -> bool {
    let below = |text: &str, limit: u32| digits(text, 2).is_some_and(|n| n < limit);
    text.split_once(':').is_some_and(|(hour, minute)| below(hour, 24) && below(minute, 60))
}

fn is_date_time(text: &str) -> bool {
    text.split_once(['T', 't', ' ']).is_some_and(|(date, time)| is_date(date) && is_time(time))
}

fn is_email(text: &str) -> bool {
    let Some((name, host)) = text.rsplit_once('@') else { return false };
    !name.is_empty() && !text.contains(char::is_whitespace) && !host.starts_with('.') && !host.is_empty()
}

fn is_uuid(text: &str) -> bool {
    let groups: Vec<&str> = text.split('-').collect();
    let lengths: Vec<usize> = groups.iter().map(|g| g.len()).collect();
    lengths == [8, 4, 4, 4, 12] && groups.iter().all(|g| g.bytes().all(|b| b.is_ascii_hexdigit()))
}

fn is_uri(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else { return false };
    let letter = scheme.starts_with(|c: char| c.is_ascii_alphabetic());
    let plain = scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c));
    letter && plain && !rest.is_empty() && !text.contains(|c: char| c.is_whitespace() || c.is_control())
}

fn is_ipv4(text: &str) -> bool {
    text.parse::<std::net::Ipv4Addr>().is_ok()
}

fn is_ipv6(text: &str) -> bool {
    text.parse::<std::net::Ipv6Addr>().is_ok()
}

fn is_hostname(text: &str) -> bool {
    let label = |l: &str| {
        let inner = l.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
        (1..=63).contains(&l.len()) && inner && !l.starts_with('-') && !l.ends_with('-')
    };
    text.len() <= 253 && text.split('.').all(label)
}

fn is_base64(text: &str) -> bool {
    let body = text.trim_end_matches('=');
    let padding = text.len() - body.len();
    text.len().is_multiple_of(4) && padding <= 2 && body.bytes().all(|b| b.is_ascii_alphanumeric() || b"+/".contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_example_fits_its_own_format() {
        for format in &FORMATS {
            assert!((format.fits)(format.example), "{}", format.name);
            assert!(!(format.fits)("\u{0}no\n"), "{}", format.name);
        }
    }

    #[test]
    fn edges() {
        let fits = |name: &str, text: &str| (find(name).unwrap().fits)(text);
        assert!(fits("date", "2028-02-29") && !fits("date", "2026-02-29") && !fits("date", "2026-13-01"));
        assert!(!fits("date", "26-01-01") && !fits("date", "2026-1-1"));
        assert!(fits("date-time", "2026-03-14T09:30:00.123+02:00") && !fits("date-time", "2026-03-14T09:30:00"));
        assert!(!fits("date-time", "2026-03-14") && !fits("date-time", "2026-03-14T25:00:00Z"));
        assert!(fits("uri", "urn:isbn:1") && !fits("uri", "/relative") && !fits("uri", "http://a b"));
        assert!(fits("email", "a@b") && !fits("email", "a b@c") && !fits("email", "@b"));
        assert!(!fits("uuid", "3f2b8c1e-5d47-4a90-9c1b-7e6f0a2d4b5") && !fits("byte", "abc") && fits("byte", ""));
        assert!(!fits("hostname", "-a.example") && !fits("hostname", "a..b"));
    }
}
