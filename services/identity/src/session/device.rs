//! With what a user signs in, and from where.
//!
//! A short table and no library: those that know every program carry thousands of patterns, which somebody must keep up to date and a
//! stranger's text runs through. Here it only has to tell a person's own devices apart.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What a session keeps of the device that it began on: for its user, who ends what is not theirs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Device {
    /// The program, without its version: `Firefox`, `grpcurl`.
    pub client: Option<String>,
    /// The system that it runs on: `Windows`.
    pub system: Option<String>,
    /// The network that it is in: `203.0.113.0/24`.
    pub network: Option<String>,
}

/// Longest name of a program, in characters. The database holds to it, too.
const LONGEST: usize = 60;

/// What browsers say of themselves, and which each is. Those that say several come before those that they claim to be.
const BROWSERS: [(&str, &str); 9] = [
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("HeadlessChrome/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
];

/// What they say of the system. Android says Linux too, and iOS says that it is like macOS.
const SYSTEMS: [(&str, &str); 7] = [
    ("Windows", "Windows"),
    ("Android", "Android"),
    ("iPhone", "iOS"),
    ("iPad", "iOS"),
    ("CrOS", "ChromeOS"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
];

impl Device {
    /// What a `User-Agent` (RFC 9110, section 10.1.5), which is empty where there is none, and an address tell.
    pub fn of(agent: &str, address: Option<IpAddr>) -> Self {
        let named = |table: &[(&str, &str)]| {
            table.iter().find(|(mark, _)| agent.contains(mark)).map(|(_, name)| (*name).to_owned())
        };
        // Every browser begins so (HTML, section 8.10.1.1), and nothing else that signs in.
        let client = if agent.starts_with("Mozilla/") { named(&BROWSERS) } else { program(agent) };
        Self { client, system: named(&SYSTEMS), network: address.map(network) }
    }
}

/// The first product that a program names: `grpcurl` of `grpcurl/v1.9.1 grpc-go/1.61.0`.
fn program(agent: &str) -> Option<String> {
    let name = agent.split(['/', ' ']).next().unwrap_or_default();
    let fits = (1..=LONGEST).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    fits.then(|| name.to_owned())
}

/// The first 24 bits of an IPv4 address, 48 of an IPv6 one: whom one is with on the net, and not where one lives.
fn network(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => format!("{}/24", Ipv4Addr::from_bits(address.to_bits() >> 8 << 8)),
        IpAddr::V6(address) => format!("{}/48", Ipv6Addr::from_bits(address.to_bits() >> 80 << 80)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_and_programs_are_told_apart() {
        for (agent, client, system) in [
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:133.0) Gecko/20100101 Firefox/133.0",
                "Firefox",
                "Windows",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36 Edg/131.0",
                "Edge",
                "Windows",
            ),
            (
                "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
                "Chrome",
                "ChromeOS",
            ),
            (
                "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Mobile Safari/537.36 EdgA/131",
                "Edge",
                "Android",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1",
                "Safari",
                "iOS",
            ),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15",
                "Safari",
                "macOS",
            ),
            ("Mozilla/5.0 (X11; Linux x86_64) HeadlessChrome/131.0 Safari/537.36", "Chrome", "Linux"),
            ("grpcurl/v1.9.1 grpc-go/1.61.0", "grpcurl", ""),
            ("grpc-python/1.60.0 grpc-c/37.0.0 (linux; chttp2)", "grpc-python", ""),
            ("curl/8.5.0", "curl", ""),
            ("Mozilla/5.0 something new", "", ""),
            ("<script>", "", ""),
            ("", "", ""),
        ] {
            let device = Device::of(agent, None);
            let found = (device.client.unwrap_or_default(), device.system.unwrap_or_default());
            assert_eq!((found.0.as_str(), found.1.as_str()), (client, system), "{agent}");
        }
        assert_eq!(Device::of(&"x".repeat(LONGEST + 1), None).client, None);
    }

    #[test]
    fn of_an_address_the_network_alone_is_kept() {
        for (address, network) in [
            ("203.0.113.77", "203.0.113.0/24"),
            ("::ffff:203.0.113.77", "203.0.113.0/24"),
            ("2001:db8:1:2:3::4", "2001:db8:1::/48"),
        ] {
            assert_eq!(Device::of("", Some(address.parse().unwrap())).network.as_deref(), Some(network));
        }
    }
}
