//! Where the sandbox proxy and the fetcher may go: public addresses, looked up once and then used.

use axum::http::Uri;
use hyper_util::client::legacy::connect::dns::Name;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::pin::Pin;
use std::task::{Context, Poll};
use tower::Service;

/// Looks names up for a client. The addresses it gives are the ones that are connected to, so that a name which
/// answers differently the second time (DNS rebinding) gains nothing.
#[derive(Clone)]
pub struct Resolver {
    guarded: bool,
}

impl Resolver {
    /// Gives every address.
    pub fn open() -> Self {
        Self { guarded: false }
    }

    /// Gives public addresses only.
    pub fn guarded() -> Self {
        Self { guarded: true }
    }
}

impl Service<Name> for Resolver {
    type Response = std::vec::IntoIter<SocketAddr>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Self::Response>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let guarded = self.guarded;
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            // One private address among public ones is enough to refuse: which one is tried is not ours to choose.
            if guarded && found.iter().any(|address| !is_public(address.ip())) {
                return Err(io::Error::new(io::ErrorKind::PermissionDenied, "the name belongs to a private address"));
            }
            Ok(found.into_iter())
        })
    }
}

/// Refuses a URL whose host is written as a private address: those are connected to without a look-up.
///
/// # Errors
/// One sentence.
pub fn check_literal(target: &Uri) -> Result<(), &'static str> {
    let host = target.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
    match host.parse::<IpAddr>() {
        Ok(address) if !is_public(address) => Err("The address is private, and this product may not use private addresses."),
        _ => Ok(()),
    }
}

/// Whether an address belongs to the open internet (IANA special-purpose address registries).
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => match embedded_v4(address) {
            Some(inner) => is_public_v4(inner),
            None => is_public_v6(address),
        },
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let special = address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_broadcast()
        || address.is_documentation()
        || address.is_multicast()
        || a == 0
        || a >= 240
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 192 && b == 88 && c == 99)
        || (a == 198 && (b == 18 || b == 19));
    !special
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let [first, second, ..] = address.segments();
    // Only 2000::/3 is handed out; in it, 2001::/23 (Teredo, benchmarking, ORCHID) and the documentation blocks are special.
    let special = first == 0x3fff || (first == 0x2001 && (second < 0x0200 || second == 0x0db8));
    first & 0xe000 == 0x2000 && !special
}

/// The IPv4 address inside a mapped, compatible, translated (NAT64) or 6to4 one.
fn embedded_v4(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let s = address.segments();
    let pair = |high: u16, low: u16| Ipv4Addr::from((u32::from(high) << 16) | u32::from(low));
    match s {
        [0, 0, 0, 0, 0, 0 | 0xffff, high, low] | [0x0064, 0xff9b, 0, 0, 0, 0, high, low] => Some(pair(high, low)),
        [0x2002, high, low, ..] => Some(pair(high, low)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_open_internet_is_public() {
        for private in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "255.255.255.255",
            "192.0.0.170",
            "198.18.0.1",
            "203.0.113.9",
            "224.0.0.1",
            "240.0.0.1",
            "::",
            "::1",
            "fe80::1",
            "fc00::1",
            "fd00:ec2::254",
            "ff02::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::127.0.0.1",
            "64:ff9b::a9fe:a9fe",
            "2002:7f00:1::",
            "2001:db8::1",
            "2001::1",
            "100::1",
        ] {
            assert!(!is_public(private.parse().unwrap()), "{private}");
        }
        for public in ["1.1.1.1", "8.8.8.8", "100.63.0.1", "172.32.0.1", "192.0.1.1", "2606:4700::1111", "2a00:1450::1", "::ffff:8.8.8.8"] {
            assert!(is_public(public.parse().unwrap()), "{public}");
        }
    }

    #[test]
    fn literals_are_seen_through() {
        for private in ["http://127.0.0.1/", "http://[::1]:8080/x", "https://[::ffff:169.254.169.254]/", "http://10.0.0.1:80"] {
            assert!(check_literal(&private.parse().unwrap()).is_err(), "{private}");
        }
        assert!(check_literal(&"https://api.example/".parse().unwrap()).is_ok());
    }

    #[tokio::test]
    async fn a_name_for_this_machine_is_refused() {
        let name: Name = "localhost".parse().unwrap();
        assert!(Resolver::open().call(name.clone()).await.unwrap().count() > 0);
        let refused = Resolver::guarded().call(name).await.err().unwrap();
        assert_eq!(refused.kind(), io::ErrorKind::PermissionDenied);
    }
}
