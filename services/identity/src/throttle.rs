//! Delays between attempts to sign in: they grow with each one that fails, by what was submitted and by where it came from.
//!
//! An attempt is counted before its password is looked at, so that many at once cannot all be the first. Nothing is ever locked
//! for good, and a name that nobody has is treated like one that somebody has.

use crate::{
    error::Error,
    store,
    user::{User, UserKind},
};
use aws_lc_rs::digest::{SHA256, digest};
use patron_chassis::{
    clock::Clock,
    pg::{Database, Transaction},
    status::Problem,
};
use patron_values::fold;
use std::{
    net::{IpAddr, Ipv6Addr},
    time::Duration,
};

/// How long the next attempt must wait.
#[derive(Debug, Clone, Copy)]
pub struct Ladder {
    /// Attempts that cost nothing.
    pub free: i32,
    /// Seconds to wait after each further one; after the last, as long each time.
    pub waits_s: &'static [f64],
    /// How long after the first attempt they are counted from the start again.
    pub forget: Duration,
}

/// For one name. A few mistypings cost nothing, and neither does signing in on several devices at once. Source: the project's
/// decisions (1, 3, 5, 10 s and so on); NIST SP 800-63B-4, 3.2.2, allows 100 attempts, which take a day here.
const NAME: Ladder = Ladder {
    free: 3,
    waits_s: &[1.0, 3.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 900.0],
    forget: Duration::from_hours(24),
};

/// For one address. Many people may share it, so only a flood is slowed, and soon no more.
const ADDRESS: Ladder =
    Ladder { free: 20, waits_s: &[1.0, 3.0, 5.0, 10.0, 30.0, 60.0], forget: Duration::from_mins(15) };

/// Wait told where the row that refused an attempt was just being written by another.
const CONCURRENT: Duration = Duration::from_secs(1);

/// What is counted: a digest, since no table shall hold what strangers type.
pub type Bucket = [u8; 32];

/// One attempt.
#[derive(Debug, Clone)]
pub struct Attempt {
    name: Bucket,
    address: Option<Bucket>,
}

impl Attempt {
    /// An attempt to sign in as `identifier`, from `address` where it is known.
    pub fn to_sign_in(kind: UserKind, identifier: &str, address: Option<IpAddr>) -> Self {
        Self {
            name: bucket(&[kind.name(), &fold::identity(identifier.trim())]),
            address: address.map(network),
        }
    }

    /// An attempt of a signed-in user to prove the password once more.
    pub fn to_confirm(user: User) -> Self {
        Self { name: bucket(&["user", &user.resource_name()]), address: None }
    }
}

fn bucket(parts: &[&str]) -> Bucket {
    // No part holds a NUL, so two different lists give two different texts.
    let hash = digest(&SHA256, parts.join("\0").as_bytes());
    hash.as_ref().try_into().expect("SHA-256 gives 32 bytes")
}

/// The address, of IPv6 its first 64 bits: one household has them all to itself.
fn network(address: IpAddr) -> Bucket {
    let network = match address.to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).to_string(),
    };
    bucket(&["address", &network])
}

/// Admits attempts, or puts them off.
#[derive(Debug, Clone)]
pub struct Throttle {
    database: Database,
    clock: Clock,
}

impl Throttle {
    /// A throttle that counts in `database`.
    pub fn new(database: Database, clock: Clock) -> Self {
        Self { database, clock }
    }

    /// Counts an attempt. Fails with [`Problem::Limit`] and the exact wait where it comes too soon; it is then not counted.
    pub async fn admit(&self, attempt: &Attempt) -> Result<(), Error> {
        // The address first: one that floods must not put off the owners of the names it tries.
        if let Some(address) = &attempt.address {
            self.count(address, ADDRESS).await?;
        }
        self.count(&attempt.name, NAME).await
    }

    async fn count(&self, bucket: &Bucket, ladder: Ladder) -> Result<(), Error> {
        let now = self.clock.now();
        let counted = store::throttle::count(&self.database, bucket, ladder, now).await?;
        if counted.admitted {
            return Ok(());
        }
        let wait =
            counted.retry_at.and_then(|at| Duration::try_from(at - now).ok()).filter(|wait| !wait.is_zero());
        Err(Problem::Limit { retry_after: wait.unwrap_or(CONCURRENT) }.into())
    }

    /// Takes back an attempt that succeeded: the name counts from the start again, the address one less.
    pub async fn forgive(&self, transaction: &mut Transaction, attempt: &Attempt) -> Result<(), Error> {
        let address = attempt.address.as_ref().map(<[u8; 32]>::as_slice);
        Ok(store::throttle::forgive(transaction, &attempt.name, address, self.clock.now()).await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_one_bucket_however_it_is_typed() {
        let name = |kind, identifier| Attempt::to_sign_in(kind, identifier, None).name;
        assert_eq!(name(UserKind::Staff, "LuisG"), name(UserKind::Staff, " luisg"));
        assert_ne!(name(UserKind::Staff, "luisg"), name(UserKind::Customer, "luisg"));
        assert_ne!(name(UserKind::Staff, "luisg"), name(UserKind::Staff, "luisa"));
    }

    #[test]
    fn a_network_of_ipv6_has_one_bucket() {
        let of = |address: &str| network(address.parse().unwrap());
        assert_eq!(of("2001:db8:1:2::1"), of("2001:db8:1:2:ffff::9"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
        assert_eq!(of("192.0.2.1"), of("::ffff:192.0.2.1"));
        assert_ne!(of("192.0.2.1"), of("192.0.2.2"));
    }
}
