use std::fmt;

use super::Value;
use crate::peer::Peer;

crate::section! {
    /// Where the services are. Each name is looked up again and again, and calls are spread over all its
    /// addresses.
    pub struct Peers = "PEERS" {
        /// Where identity is.
        identity: PeerUrl = "https://identity:7001",
        /// Where profile is.
        profile: PeerUrl = "https://profile:7002",
        /// Where address is.
        address: PeerUrl = "https://address:7003",
        /// Where group is.
        group: PeerUrl = "https://group:7004",
        /// Where activity is.
        activity: PeerUrl = "https://activity:7005",
    }
}

impl Peers {
    /// Where a service is; `None` for the gateway, which nobody calls.
    pub fn get(&self, peer: Peer) -> Option<&PeerUrl> {
        match peer {
            Peer::Gateway => None,
            Peer::Identity => Some(&self.identity),
            Peer::Profile => Some(&self.profile),
            Peer::Address => Some(&self.address),
            Peer::Group => Some(&self.group),
            Peer::Activity => Some(&self.activity),
        }
    }
}

/// `https://host:port` of a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeerUrl {
    /// Name to look up, or address.
    pub host: String,
    /// Port of its gRPC listener.
    pub port: u16,
}

impl fmt::Display for PeerUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "https://{}:{}", self.host, self.port)
    }
}

impl Value for PeerUrl {
    fn parse(text: &str) -> Result<Self, String> {
        let expected = || "`https://host:port`".to_owned();
        let uri: http::Uri = text.parse().map_err(|_| expected())?;
        match (uri.scheme_str(), uri.host(), uri.port_u16()) {
            (Some("https"), Some(host), Some(port))
                if matches!(uri.path(), "" | "/") && uri.query().is_none() =>
            {
                // The resolver wants IPv6 addresses without the brackets of URLs.
                let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
                Ok(Self { host, port })
            }
            _ => Err(expected()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_name_host_and_port_and_nothing_else() {
        assert_eq!(
            PeerUrl::parse("https://localhost:7001"),
            Ok(PeerUrl { host: "localhost".into(), port: 7001 })
        );
        assert_eq!(PeerUrl::parse("https://[::1]:7001").unwrap().host, "::1");
        for wrong in [
            "http://localhost:7001",
            "https://localhost",
            "localhost:7001",
            "https://localhost:7001/x",
            "https://a:1?b",
        ] {
            assert!(PeerUrl::parse(wrong).is_err(), "{wrong}");
        }
    }
}
