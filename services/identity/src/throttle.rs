//! Delays between attempts to sign in: they grow with each one that fails, by the account that was tried and by where it came from.
//!
//! What is counted for an account are wrong passwords, whether it was named by username or by email, however they are typed; a name
//! that nobody has is treated like one that somebody has. While passwords are looked at, attempts are held as open, so that many
//! at once cannot all be the first; one that ends in an outage is given back, or lapses.
//!
//! What is counted for an address are accounts that fail from there: someone who mistypes three times counts once, and no more once
//! signed in. From an address where an account has signed in before, it is slowed by its own failures alone: neither strangers who
//! guess it from elsewhere nor neighbours who mistype hold up its owner. Nothing is ever locked for good.
//!
//! Counting is no change of a resource: nobody is known to make it, it is published to nobody, and it must cost one statement. So it does not
//! go through the ledger.

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
use patron_values::id::CustomerId;
use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
    time::Duration,
};
use time::OffsetDateTime;

/// How long the next attempt must wait.
#[derive(Debug, Clone, Copy)]
pub struct Backoff {
    /// Failures that cost nothing.
    pub free: i32,
    /// Seconds to wait after each further one; after the last, as long each time.
    pub waits_s: &'static [f64],
    /// How long after the first attempt they are counted from the start again.
    pub forget: Duration,
}

/// For one account, or one name that nobody has. A few mistypings cost nothing, and neither does signing in on several devices at
/// once. Source: the project's decisions (1, 3, 5, 10 s and so on); NIST SP 800-63B-4, 3.2.2, allows 100 attempts, which take a
/// day here.
pub const ACCOUNT: Backoff = Backoff {
    free: 3,
    waits_s: &[1.0, 3.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 900.0],
    forget: Duration::from_hours(24),
};

/// For the answer to a security question, of which there are fewer than of passwords: the fifth that is wrong makes the next one wait.
/// Source: the project's decisions (5 tries).
pub const ANSWER: Backoff =
    Backoff { free: 4, waits_s: &[60.0, 300.0, 900.0, 3600.0], forget: Duration::from_hours(24) };

/// For one address, by accounts that fail from there. An office shares one, and of a hundred people thirty mistype at nine o'clock:
/// only who tries many accounts is slowed, and soon no more.
pub const ADDRESS: Backoff =
    Backoff { free: 50, waits_s: &[1.0, 3.0, 5.0, 10.0, 30.0, 60.0], forget: Duration::from_mins(15) };

/// How long an attempt is open at most: longer than the call that makes it. Then it had an outage and counts no more.
const LAPSE: Duration = Duration::from_secs(10);

/// Wait asked for where others are open.
const CONCURRENT: Duration = Duration::from_secs(1);

/// How long an account is known at an address after its last sign-in there. Longer, and an address given to someone else counts for
/// longer; shorter, and a holiday makes a stranger of its owner.
pub const KNOWN: Duration = Duration::from_hours(90 * 24);

/// What is counted: a digest, since no table shall hold what strangers type.
pub type Bucket = [u8; 32];

/// One attempt that was admitted. To be settled: [`Throttle::fail`], [`Throttle::reset`] or [`Throttle::give_back`].
#[derive(Debug, Clone)]
pub struct Attempt {
    /// What its failures are counted for.
    pub account: Bucket,
    /// Where it comes from, unless the account is known there.
    pub address: Option<Origin>,
    /// The bucket of the account, where failures are counted for it at this address alone.
    pub owner: Option<Bucket>,
    /// The account at this address, to be known there once it has signed in.
    pub known: Option<Bucket>,
    /// How long the next one waits after failures.
    pub backoff: &'static Backoff,
}

/// Where an attempt comes from.
#[derive(Debug, Clone)]
pub struct Origin {
    /// The address.
    pub address: Bucket,
    /// The account at this address, so that it counts once.
    pub pair: Bucket,
}

/// Who is tried.
#[derive(Debug, Clone, Copy)]
pub enum Tried<'a> {
    /// An account that there is.
    Account(User),
    /// The canonical form of a name that nobody has.
    Nobody(UserKind, &'a str),
    /// Someone signed in, who proves the password once more.
    Confirming(User),
    /// Whoever has a one-time code.
    Code(&'a [u8]),
    /// A caller who answers the security question of a customer.
    Answering(CustomerId),
}

impl Tried<'_> {
    fn bucket(self) -> Bucket {
        match self {
            Self::Account(user) => bucket(&[b"account", user.resource_name().as_bytes()]),
            Self::Nobody(kind, key) => bucket(&[kind.name().as_bytes(), key.as_bytes()]),
            Self::Confirming(user) => bucket(&[b"user", user.resource_name().as_bytes()]),
            Self::Code(hash) => bucket(&[b"code", hash]),
            Self::Answering(customer) => bucket(&[b"answer", customer.resource_name().as_bytes()]),
        }
    }

    fn backoff(self) -> &'static Backoff {
        if let Self::Answering(_) = self { &ANSWER } else { &ACCOUNT }
    }
}

impl Attempt {
    /// Whether the account has signed in from there before.
    pub fn is_known(&self) -> bool {
        self.known.is_some() && self.address.is_none()
    }
}

fn bucket(parts: &[&[u8]]) -> Bucket {
    // Only the last part can hold a NUL, so two different lists give two different texts.
    let hash = digest(&SHA256, &parts.join(&0));
    hash.as_ref().try_into().expect("SHA-256 gives 32 bytes")
}

/// The address, of IPv6 its first 64 bits: one household has them all to itself.
fn network(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).to_string(),
    }
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

    /// Admits an attempt from `address`, where it is known. Fails with [`Problem::Limit`] and the exact wait where it comes too
    /// soon.
    pub async fn admit(&self, tried: Tried<'_>, address: Option<IpAddr>) -> Result<Attempt, Error> {
        let attempt = self.attempt(tried, address.map(network)).await?;
        let now = self.clock.now();
        let admitted = store::throttle::admit(&self.database, &attempt, now, now + LAPSE).await?;
        if admitted.admitted {
            return Ok(attempt);
        }
        let wait =
            admitted.retry_at.and_then(|at| Duration::try_from(at - now).ok()).filter(|wait| !wait.is_zero());
        Err(Problem::Limit { retry_after: wait.unwrap_or(CONCURRENT) }.into())
    }

    async fn attempt(&self, tried: Tried<'_>, network: Option<String>) -> Result<Attempt, sqlx::Error> {
        let (account, backoff) = (tried.bucket(), tried.backoff());
        let Some(network) = network else {
            return Ok(Attempt { account, address: None, owner: None, known: None, backoff });
        };
        let at = |what: &[u8]| bucket(&[what, network.as_bytes(), &account]);
        let origin = Origin { address: bucket(&[b"address", network.as_bytes()]), pair: at(b"pair") };
        if !matches!(tried, Tried::Account(_)) {
            return Ok(Attempt { account, address: Some(origin), owner: None, known: None, backoff });
        }
        let known = at(b"known");
        let since = self.clock.now() - KNOWN;
        if store::throttle::is_known(&self.database, &known, since).await? {
            let owner = Some(account);
            return Ok(Attempt { account: known, address: None, owner, known: Some(known), backoff });
        }
        Ok(Attempt { account, address: Some(origin), owner: None, known: Some(known), backoff })
    }

    /// Until when the next attempt to sign in as a user must wait, where it must: where the user is known, or elsewhere.
    pub async fn held_until(&self, user: User) -> Result<Option<OffsetDateTime>, Error> {
        Ok(self.all_held_until(&[user]).await?.remove(&user))
    }

    /// The same of several users; those who need not wait are left out.
    pub async fn all_held_until(&self, users: &[User]) -> Result<HashMap<User, OffsetDateTime>, Error> {
        let users: HashMap<Bucket, User> =
            users.iter().map(|user| (Tried::Account(*user).bucket(), *user)).collect();
        let buckets: Vec<Vec<u8>> = users.keys().map(|bucket| bucket.to_vec()).collect();
        let held = store::throttle::list_held(&self.database, &buckets, self.clock.now()).await?;
        let user = |bucket: &[u8]| users.get(bucket).copied();
        Ok(held.into_iter().filter_map(|held| Some((user(&held.bucket)?, held.retry_at))).collect())
    }

    /// Forgets the failures of a user, at every address.
    pub async fn unlock(&self, transaction: &mut Transaction, user: User) -> Result<(), Error> {
        Ok(store::throttle::delete_of(transaction, &Tried::Account(user).bucket()).await?)
    }

    /// Counts an attempt whose password was wrong.
    pub async fn fail(&self, attempt: &Attempt) -> Result<(), Error> {
        Ok(store::throttle::fail(&self.database, attempt, self.clock.now()).await?)
    }

    /// Ends an attempt that succeeded: the account counts from the start again, the address one account less, where it is known from
    /// now on.
    pub async fn reset(&self, transaction: &mut Transaction, attempt: &Attempt) -> Result<(), Error> {
        Ok(store::throttle::reset(transaction, attempt, self.clock.now()).await?)
    }

    /// Ends an attempt that came to nothing for want of a database or a place, or of the user's approval: it never was. Where that
    /// cannot be written either it lapses by itself.
    pub async fn give_back(&self, attempt: &Attempt) {
        if let Err(error) = store::throttle::give_back(&self.database, attempt).await {
            tracing::debug!(%error, "an attempt that came to nothing lapses by itself");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_of_ipv6_is_one_address() {
        let of = |address: &str| network(address.parse().unwrap());
        assert_eq!(of("2001:db8:1:2::1"), of("2001:db8:1:2:ffff::9"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
        assert_eq!(of("192.0.2.1"), of("::ffff:192.0.2.1"));
        assert_ne!(of("192.0.2.1"), of("192.0.2.2"));
    }

    #[test]
    fn staff_and_customers_of_one_name_are_counted_apart() {
        let of = |kind| Tried::Nobody(kind, "luisg").bucket();
        assert_ne!(of(UserKind::Staff), of(UserKind::Customer));
        assert_ne!(of(UserKind::Staff), Tried::Nobody(UserKind::Staff, "luisa").bucket());
    }
}
