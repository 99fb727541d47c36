//! The address that a request really comes from, for identity's throttle of sign-ins.
//!
//! A proxy puts the address that it saw at the end of `X-Forwarded-For`; what stands before came from outside and may be
//! anything. So it is read from the end, as far as configured proxies wrote it, and not at all where the connection is from elsewhere.

use http::{HeaderMap, HeaderName};
use ipnet::IpNet;
use patron_chassis::config::Value;
use std::net::IpAddr;

/// Metadata of calls that need no token: the address, as text. Believed by services only from the gateway.
pub(crate) const CLIENT_ADDRESS: &str = "patron-client-address";

/// Metadata of the same calls: what the caller's program calls itself, for the list of a user's sessions.
pub(crate) const CLIENT_AGENT: &str = "patron-client-agent";

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Proxies that are believed, by network.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Proxies(Vec<IpNet>);

impl Proxies {
    /// Where a request comes from that arrived on a connection from `peer`.
    pub(crate) fn client_address(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let lines = headers.get_all(FORWARDED_FOR).iter().filter_map(|value| value.to_str().ok());
        let hops: Vec<&str> = lines.flat_map(|line| line.split(',')).map(str::trim).collect();
        let mut address = peer.to_canonical();
        for hop in hops.iter().rev() {
            match hop.parse::<IpAddr>() {
                Ok(hop) if self.believes(address) => address = hop.to_canonical(),
                _ => break,
            }
        }
        address
    }

    /// Whether what comes from an address is what a proxy of ours passes on.
    pub(crate) fn believes(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }
}

impl Value for Proxies {
    fn parse(text: &str) -> Result<Self, String> {
        let texts = text.split(',').map(str::trim).filter(|text| !text.is_empty());
        let networks = texts.map(|text| text.parse().or_else(|_| text.parse::<IpAddr>().map(IpNet::from)));
        let networks: Result<_, _> = networks.collect();
        networks
            .map(Self)
            .map_err(|_| "addresses or networks such as `10.0.0.0/8`, with commas between them".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_known_proxies_wrote_is_believed() {
        let table = [
            ("", "203.0.113.9", "10.0.0.1", "203.0.113.9"),
            ("", "203.0.113.9", "", "203.0.113.9"),
            ("10.0.0.0/8", "10.0.0.1", "", "10.0.0.1"),
            ("10.0.0.0/8", "10.0.0.1", "203.0.113.9", "203.0.113.9"),
            ("10.0.0.0/8", "10.0.0.1", "6.6.6.6, 203.0.113.9, 10.0.0.2", "203.0.113.9"),
            ("10.0.0.0/8", "10.0.0.1", "6.6.6.6, nonsense", "10.0.0.1"),
            ("10.0.0.0/8", "203.0.113.9", "6.6.6.6", "203.0.113.9"),
            ("127.0.0.1,::1", "::1", "2001:db8::7", "2001:db8::7"),
            ("10.0.0.1", "::ffff:10.0.0.1", "::ffff:203.0.113.9", "203.0.113.9"),
        ];
        for (proxies, peer, forwarded, expected) in table {
            let proxies = Proxies::parse(proxies).expect("networks");
            let headers = [(FORWARDED_FOR, forwarded.parse().expect("a header"))].into_iter().collect();
            let address = proxies.client_address(peer.parse().expect("an address"), &headers);
            assert_eq!(address.to_string(), expected, "{forwarded} from {peer}");
        }
        assert!(Proxies::parse("10.0.0.0/40").is_err() && Proxies::parse("proxy").is_err());
    }
}
