//! The processes of Patron by name.

use std::{fmt, str::FromStr};

/// One of Patron's processes: as the caller that a certificate names, or as the one that is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Peer {
    /// Browser edge: HTTP and JSON in front of the services.
    Gateway,
    /// Accounts, staff, roles, sessions, tokens.
    Identity,
    /// The customer record and its life cycle.
    Profile,
    /// Addresses of customers.
    Address,
    /// Groups and memberships.
    Group,
    /// What happens to and around customers.
    Activity,
}

impl Peer {
    /// Every process.
    pub const ALL: [Self; 6] =
        [Self::Gateway, Self::Identity, Self::Profile, Self::Address, Self::Group, Self::Activity];

    /// Name in certificates, in events and in the access option of RPCs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Gateway => "gateway",
            Self::Identity => "identity",
            Self::Profile => "profile",
            Self::Address => "address",
            Self::Group => "group",
            Self::Activity => "activity",
        }
    }

    /// Name of its database schema. The gateway has none and owns no table; its name is given for
    /// completeness.
    pub const fn schema(self) -> &'static str {
        match self {
            // `group` is a keyword of SQL.
            Self::Group => "groups",
            _ => self.name(),
        }
    }
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
        Self::ALL.into_iter().find(|peer| peer.name() == name).ok_or(UnknownPeer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_round_trip() {
        for peer in Peer::ALL {
            assert_eq!(peer.name().parse(), Ok(peer));
        }
        assert_eq!("groups".parse::<Peer>(), Err(UnknownPeer));
    }
}
