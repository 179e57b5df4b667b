//! Network addresses that a key may be used from.

use crate::Invalid;
use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::net::IpAddr;

/// The most lines of one key.
const LINES_MAX: usize = 100;

/// Addresses and networks; none at all means every address.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Addresses(Vec<IpNet>);

impl Addresses {
    /// Reads one address or network on each line.
    ///
    /// # Errors
    /// [`Invalid`] for field `addresses`, with the line that is none.
    pub fn read(text: &str) -> Result<Self, Invalid> {
        let lines: Vec<(usize, &str)> = (1..).zip(text.lines().map(str::trim)).filter(|(_, line)| !line.is_empty()).collect();
        if lines.len() > LINES_MAX {
            return Err(Invalid::new(
                "addresses",
                format!("Use at most {LINES_MAX} lines; a network such as 203.0.113.0/24 stands for many addresses."),
            ));
        }
        let mut nets = lines.into_iter().map(|(number, line)| net(number, line)).collect::<Result<Vec<_>, _>>()?;
        nets.sort();
        nets.dedup();
        Ok(Self(nets))
    }

    /// Whether a key with this list may be used from there.
    pub fn admit(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.is_empty() || self.0.iter().any(|net| net.contains(&address))
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// One on each line, as [`Addresses::read`] takes them.
impl fmt::Display for Addresses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, net) in self.0.iter().enumerate() {
            let line = if place == 0 { "" } else { "\n" };
            if net.prefix_len() == net.max_prefix_len() { write!(f, "{line}{}", net.addr())? } else { write!(f, "{line}{net}")? }
        }
        Ok(())
    }
}

/// A network by its own address: what a line says beyond the prefix is dropped.
fn net(number: usize, line: &str) -> Result<IpNet, Invalid> {
    network(line).map(|net| net.trunc()).ok_or_else(|| {
        Invalid::new(
            "addresses",
            format!("Line {number}, `{line}`, is no address. Write one such as 203.0.113.7, or a network such as 203.0.113.0/24."),
        )
    })
}

/// Reads a network such as `10.1.0.0/16`, or one address. IPv4 in IPv6 form (`::ffff:10.1.0.0/112`) is IPv4.
pub fn network(text: &str) -> Option<IpNet> {
    let net = text.parse().or_else(|_| text.parse().map(IpAddr::into)).ok()?;
    Some(as_v4(net).unwrap_or(net))
}

fn as_v4(net: IpNet) -> Option<IpNet> {
    let IpAddr::V4(address) = net.addr().to_canonical() else { return None };
    IpNet::new(address.into(), net.prefix_len().checked_sub(net.max_prefix_len() - 32)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admits(list: &str, address: &str) -> bool {
        Addresses::read(list).unwrap().admit(address.parse().unwrap())
    }

    #[test]
    fn none_is_everywhere_and_a_list_is_exact() {
        assert!(admits("", "203.0.113.7") && admits(" \n", "2001:db8::1"));
        assert!(admits("203.0.113.7", "203.0.113.7") && !admits("203.0.113.7", "203.0.113.8"));
        assert!(admits("10.0.0.0/8\n203.0.113.0/24", "203.0.113.255") && !admits("10.0.0.0/8", "11.0.0.0"));
        assert!(admits("2001:db8::/32", "2001:db8:1::1") && !admits("2001:db8::/32", "203.0.113.7"));
        assert!(admits("203.0.113.7", "::ffff:203.0.113.7"), "IPv4 on a socket of IPv6");
        assert!(admits("::ffff:203.0.113.7", "203.0.113.7"));
        assert!(admits("::ffff:203.0.113.0/120", "203.0.113.9") && !admits("::ffff:203.0.113.0/120", "203.0.114.9"));
    }

    #[test]
    fn what_is_read_is_written_back() {
        let read = Addresses::read(" 203.0.113.7 \n\n10.1.2.3/8\n2001:db8::1\n203.0.113.7\n").unwrap();
        assert_eq!(read.to_string(), "10.0.0.0/8\n203.0.113.7\n2001:db8::1");
        assert_eq!(Addresses::read(&read.to_string()).unwrap(), read);
        assert_eq!(serde_json::to_string(&read).unwrap(), r#"["10.0.0.0/8","203.0.113.7/32","2001:db8::1/128"]"#);
    }

    #[test]
    fn a_wrong_line_is_named() {
        for bad in ["nonsense", "203.0.113.256", "10.0.0.0/33", "10.0.0.1-10.0.0.9", "10.0.0.1, 10.0.0.2", "host.example"] {
            let said = Addresses::read(&format!("10.0.0.1\n{bad}")).unwrap_err();
            assert!(said.field == "addresses" && said.message.contains("Line 2") && said.message.contains(bad), "{said:?}");
        }
        assert!(Addresses::read(&"10.0.0.1\n".repeat(101)).is_err());
    }
}
