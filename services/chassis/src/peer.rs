//! The processes of Patron by name.

use std::{collections::BTreeSet, fmt, str::FromStr, sync::LazyLock};

/// One of Patron's processes: as the caller that a certificate names, or as the one that is called.
///
/// There are as many as packages `patron.<name>.v1` with RPCs in the contract. Those whom others call, or take events from, are named here;
/// one that stands for itself alone is [`Peer::new`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Peer(&'static str);

impl Peer {
    /// Browser edge: HTTP and JSON in front of the services.
    pub const GATEWAY: Self = Self("gateway");
    /// Accounts, staff, roles, sessions, tokens.
    pub const IDENTITY: Self = Self("identity");
    /// The customer record and its life cycle.
    pub const PROFILE: Self = Self("profile");
    /// Addresses of customers.
    pub const ADDRESS: Self = Self("address");
    /// Groups and memberships.
    pub const GROUP: Self = Self("group");
    /// What happens to and around customers.
    pub const ACTIVITY: Self = Self("activity");

    /// The process of this name, which is that of its package in the contract.
    pub const fn new(name: &'static str) -> Self {
        Self(name)
    }

    /// Every process.
    pub fn all() -> impl Iterator<Item = Self> {
        NAMES.iter().map(|name| Self(name))
    }

    /// Name in certificates, in events and in the access option of RPCs.
    pub const fn name(self) -> &'static str {
        self.0
    }

    /// Name of its database schema. The gateway has none and owns no table; its name is given for
    /// completeness.
    pub fn schema(self) -> &'static str {
        match self {
            // `group` is a keyword of SQL.
            Self::GROUP => "groups",
            _ => self.name(),
        }
    }
}

/// The package that every service serves, which is no process.
const SHARED: &str = "operation";

/// Names of the packages with public RPCs.
static NAMES: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
    let services = patron_proto::pool().services();
    services.filter_map(|service| public_package(service.parent_file().package_name())).collect()
});

/// `profile` of `patron.profile.v1`; what only peers call stands in `patron.profile.internal.v1`.
fn public_package(package: &str) -> Option<String> {
    let name = package.strip_prefix("patron.")?.strip_suffix(".v1")?;
    (!name.contains('.') && name != SHARED).then(|| name.to_owned())
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A name that no process of Patron has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no process of Patron has this name")]
pub struct UnknownPeer;

impl FromStr for Peer {
    type Err = UnknownPeer;

    fn from_str(name: &str) -> Result<Self, UnknownPeer> {
        NAMES.get(name).map(|known| Self(known)).ok_or(UnknownPeer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_contract_says_which_processes_there_are() {
        for peer in [Peer::GATEWAY, Peer::IDENTITY, Peer::PROFILE, Peer::ADDRESS, Peer::GROUP, Peer::ACTIVITY]
        {
            assert_eq!(peer.name().parse(), Ok(peer));
        }
        for wrong in ["groups", "event", "operation", "profile.internal", ""] {
            assert_eq!(wrong.parse::<Peer>(), Err(UnknownPeer), "{wrong}");
        }
    }
}
