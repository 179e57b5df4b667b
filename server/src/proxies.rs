//! Who the visitor is where proxies stand in front.

use axum::http::{HeaderMap, HeaderName};
use ipnet::IpNet;
use serde::Deserialize;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The proxies whose `X-Forwarded-For` is believed; without any, the visitor is whoever holds the connection.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Written")]
pub struct Proxies(Vec<IpNet>);

/// As a flag and a variable write it, and as TOML may.
#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Line(String),
    List(Vec<String>),
}

impl TryFrom<Written> for Proxies {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        match written {
            Written::Line(line) => line.parse(),
            Written::List(list) => list.join(",").parse(),
        }
    }
}

impl FromStr for Proxies {
    type Err = String;

    fn from_str(line: &str) -> Result<Self, String> {
        line.split(',').map(str::trim).filter(|part| !part.is_empty()).map(net).collect::<Result<_, _>>().map(Self)
    }
}

fn net(text: &str) -> Result<IpNet, String> {
    domain::addresses::network(text)
        .ok_or_else(|| format!("`{text}` is no address; write addresses and networks such as 10.0.0.7 and 10.1.0.0/16, with commas"))
}

impl Proxies {
    /// The last address on the way here that is no trusted proxy's own. Every proxy adds the address it was asked from at
    /// the end; what stands further in front may be the visitor's invention.
    pub fn visitor(&self, peer: SocketAddr, headers: &HeaderMap) -> SocketAddr {
        if !self.trusts(peer.ip()) {
            return peer;
        }
        let lines = headers.get_all(FORWARDED_FOR).iter().map(|line| line.to_str().unwrap_or_default());
        let way: Vec<&str> = lines.flat_map(|line| line.split(',')).map(str::trim).collect();
        let mut visitor = peer;
        for step in way.into_iter().rev().map_while(address) {
            visitor = SocketAddr::new(step, 0);
            if !self.trusts(step) {
                break;
            }
        }
        visitor
    }

    fn trusts(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|net| net.contains(&address))
    }
}

/// An address, which some proxies write with a port.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text.trim_start_matches('[').trim_end_matches(']');
    bare.parse().ok().or_else(|| text.parse::<SocketAddr>().ok().map(|both| both.ip()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn visitor(trusted: &str, peer: &str, forwarded: &[&'static str]) -> String {
        let proxies: Proxies = trusted.parse().unwrap();
        let headers = forwarded.iter().map(|line| (FORWARDED_FOR, HeaderValue::from_static(line))).collect();
        proxies.visitor(SocketAddr::new(peer.parse().unwrap(), 1), &headers).ip().to_string()
    }

    #[test]
    fn only_trusted_proxies_are_believed() {
        assert_eq!(visitor("", "10.0.0.7", &["203.0.113.9"]), "10.0.0.7");
        assert_eq!(visitor("10.0.0.8", "10.0.0.7", &["203.0.113.9"]), "10.0.0.7");
        assert_eq!(visitor("10.0.0.0/8", "10.0.0.7", &["203.0.113.9"]), "203.0.113.9");
        assert_eq!(visitor("10.0.0.0/8", "::ffff:10.0.0.7", &["203.0.113.9"]), "203.0.113.9");
        assert_eq!(visitor("fd00::/8, 10.0.0.7", "fd00::1", &["[2001:db8::9]:443"]), "2001:db8::9");
        assert_eq!(visitor("10.0.0.0/8", "10.0.0.7", &[]), "10.0.0.7");
    }

    #[test]
    fn what_the_visitor_invents_is_not() {
        assert_eq!(visitor("10.0.0.0/8", "10.0.0.7", &["1.1.1.1, 203.0.113.9, 10.0.0.3"]), "203.0.113.9");
        assert_eq!(visitor("10.0.0.0/8", "10.0.0.7", &["1.1.1.1", "203.0.113.9"]), "203.0.113.9");
        assert_eq!(visitor("10.0.0.0/8", "10.0.0.7", &["1.1.1.1, nonsense, 10.0.0.3"]), "10.0.0.3");
        assert_eq!(visitor("10.0.0.0/8", "10.0.0.7", &["nonsense"]), "10.0.0.7");
    }

    #[test]
    fn what_is_no_address_is_said() {
        assert!("10.0.0.0/33".parse::<Proxies>().unwrap_err().contains("10.0.0.0/33"));
        assert!("proxy.example".parse::<Proxies>().unwrap_err().contains("proxy.example"));
    }
}
