//! The processes of Patron: names, ports and the environment of each.

use std::ffi::OsString;
use std::net::Ipv4Addr;

/// One process of Patron as this machine runs it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Service {
    /// Name in certificates, variables, logs; the program is `patron-<name>`.
    pub name: &'static str,
    /// Port of its listener on the usual address: gRPC over TLS, HTTP for the gateway.
    pub port: u16,
    /// Port of its plain listener for health and metrics.
    pub probe_port: u16,
    /// Its schema in the database; the gateway keeps nothing.
    pub schema: Option<&'static str>,
}

/// The services, in the order in which they start. A new service is one line here, and one more in their count.
pub const SERVICES: [Service; 5] = [
    Service { name: "identity", port: 7001, probe_port: 7101, schema: Some("identity") },
    Service { name: "profile", port: 7002, probe_port: 7102, schema: Some("profile") },
    Service { name: "address", port: 7003, probe_port: 7103, schema: Some("address") },
    Service { name: "group", port: 7004, probe_port: 7104, schema: Some("groups") },
    Service { name: "activity", port: 7005, probe_port: 7105, schema: Some("activity") },
];

/// The browser edge, which starts last and stops first.
pub const GATEWAY: Service = Service { name: "gateway", port: 8080, probe_port: 7100, schema: None };

/// The services and the gateway, in the order in which they start.
pub fn all() -> impl DoubleEndedIterator<Item = Service> {
    SERVICES.into_iter().chain([GATEWAY])
}

impl Service {
    /// File name of the program.
    pub fn program(&self) -> String {
        format!("patron-{}", self.name)
    }
}

/// Where one process listens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// A loopback address.
    pub address: Ipv4Addr,
    /// Port of its listener.
    pub port: u16,
    /// Port of its plain listener for health and metrics.
    pub probe_port: u16,
}

impl Place {
    /// `host:port` of the listener.
    pub fn listen(&self) -> String {
        format!("{}:{}", self.address, self.port)
    }

    /// `host:port` of the plain listener.
    pub fn probe(&self) -> String {
        format!("{}:{}", self.address, self.probe_port)
    }
}

/// Variables by name; a later one replaces an earlier one of the same name.
#[derive(Debug, Clone, Default)]
pub struct Environment(Vec<(String, OsString)>);

impl Environment {
    /// Sets `PATRON_<name>`.
    pub fn set(&mut self, name: &str, value: impl Into<OsString>) {
        self.set_foreign(format!("PATRON_{name}"), value);
    }

    /// Sets a variable that is not Patron's.
    pub fn set_foreign(&mut self, name: impl Into<String>, value: impl Into<OsString>) {
        let name = name.into();
        self.0.retain(|(other, _)| *other != name);
        self.0.push((name, value.into()));
    }

    /// Every variable with its full name.
    pub fn variables(&self) -> Vec<(String, OsString)> {
        self.0.clone()
    }
}
