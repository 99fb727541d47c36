use std::{collections::HashMap, fmt};

use super::{Reader, Section, Value};
use crate::peer::Peer;

/// Where the services are: `PATRON_PEERS_<NAME>`, several URLs with commas between. Each name is looked up again
/// and again, and calls are spread over all addresses.
#[derive(Clone, Debug)]
pub struct Peers(HashMap<Peer, Vec<PeerUrl>>);

impl Peers {
    /// Where the copies of a service are; `None` for the gateway, which nobody calls.
    pub fn get(&self, peer: Peer) -> Option<&[PeerUrl]> {
        self.0.get(&peer).map(Vec::as_slice)
    }
}

impl Section for Peers {
    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        const SECTION: &str = "PEERS";
        reader.section(SECTION);
        let services = Peer::all().filter(|peer| *peer != Peer::GATEWAY);
        let found: Vec<_> = services
            .map(|peer| {
                // Where each process has an address of its own, all can listen on the same port.
                let default = format!("https://{peer}:7000");
                let url = reader.field(
                    SECTION,
                    peer.name(),
                    &format!("Where {peer} is; several URLs with commas between."),
                    Some(&default),
                );
                Some((peer, url?))
            })
            // All fields are read before the first mistake counts.
            .collect();
        found.into_iter().collect::<Option<_>>().map(Self)
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

impl Value for Vec<PeerUrl> {
    fn parse(text: &str) -> Result<Self, String> {
        text.split(',').map(PeerUrl::parse).collect()
    }
}

impl PeerUrl {
    fn parse(text: &str) -> Result<Self, String> {
        let expected = || "`https://host:port`, or several with commas between".to_owned();
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
        let copies = Vec::<PeerUrl>::parse("https://a:7001,https://b:7002").unwrap();
        assert_eq!(copies.iter().map(|copy| copy.port).collect::<Vec<_>>(), [7001, 7002]);
        for wrong in [
            "http://localhost:7001",
            "https://localhost",
            "localhost:7001",
            "https://localhost:7001/x",
            "https://a:1?b",
            "https://a:1,",
        ] {
            assert!(Vec::<PeerUrl>::parse(wrong).is_err(), "{wrong}");
        }
    }
}
