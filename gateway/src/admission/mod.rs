//! Who is let in: permits for work, divided so that nobody can take another's.
//!
//! Each upstream has permits of its own, divided by class; what one service does not answer takes nothing from the others, and
//! sign-ins or streams nothing from reads. Within a class a caller holds a share at most, and who holds least is next. A permit is
//! taken when the work can be done: the body is there, and the upstream is not known to be away. Bodies that are being read or sent
//! hold no permit; they are bounded by their bytes.

mod memory;
mod pool;

pub(crate) use self::{
    memory::BodyMemory,
    pool::{Permit, Pool},
};

use self::memory::Budget;
use patron_chassis::{peer::Peer, principal::Subject, status::Problem};
use std::{collections::HashMap, net::IpAddr, sync::Arc, time::Duration};

/// Kinds of work that have permits of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Class {
    /// What is done for callers who are not known, or not yet.
    SignIn,
    /// What changes nothing.
    Read,
    /// What changes one thing.
    Write,
    /// What changes many things, or has a long body.
    Bulk,
    /// What goes on until one side ends it.
    Stream,
}

/// How the permits of an upstream are divided for one class.
struct Division {
    class: Class,
    /// Its part of the permits of an upstream, in hundredths.
    percent: usize,
    /// A caller's part of these, in hundredths.
    share_percent: usize,
    /// Time for which a request waits for a permit.
    patience: Duration,
}

/// The parts are those of a working day: many reads, some writes. What is not signed in has a tenth. Streams come on top: idle ones
/// cost next to nothing, and a person has one for each open page. A sign-in is dear and comes with many others at nine o'clock, so
/// it waits long; a read that waits long is late anyway.
const DIVISIONS: [Division; 5] = [
    Division { class: Class::SignIn, percent: 10, share_percent: 50, patience: Duration::from_secs(3) },
    Division { class: Class::Read, percent: 50, share_percent: 50, patience: Duration::from_millis(250) },
    Division { class: Class::Write, percent: 30, share_percent: 50, patience: Duration::from_millis(500) },
    Division { class: Class::Bulk, percent: 10, share_percent: 50, patience: Duration::from_secs(2) },
    Division { class: Class::Stream, percent: 100, share_percent: 6, patience: Duration::ZERO },
];

/// Whom permits are counted for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum CallerKey {
    /// A user whose token was proved; the one who really acts.
    User(Subject),
    /// Where a request comes from that is made for nobody known: an IPv4 address, or the network of an IPv6 one.
    Address(IpAddr),
}

impl CallerKey {
    /// Whoever has this address. Of an IPv6 address the first 64 bits count: the rest a caller chooses freely (RFC 4291, 2.5.4).
    pub(crate) fn of_address(address: IpAddr) -> Self {
        Self::Address(match address.to_canonical() {
            IpAddr::V4(address) => address.into(),
            IpAddr::V6(address) => {
                let [a, b, c, d, ..] = address.segments();
                IpAddr::from([a, b, c, d, 0, 0, 0, 0])
            }
        })
    }
}

/// The permits of all upstreams. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Admission {
    pools: Arc<HashMap<(Peer, Class), Arc<Pool>>>,
    requests: Arc<Budget>,
    responses: Arc<Budget>,
}

impl Admission {
    /// So many permits for each upstream.
    pub(crate) fn new(permits: usize) -> Self {
        let part = |of: usize, percent: usize| (of * percent / 100).max(1);
        let pools = Peer::all().flat_map(|peer| {
            DIVISIONS.map(|division| {
                let permits = part(permits, division.percent);
                let share = part(permits, division.share_percent);
                ((peer, division.class), Pool::new(permits, share, division.patience))
            })
        });
        Self { pools: Arc::new(pools.collect()), requests: Arc::default(), responses: Arc::default() }
    }

    /// A permit for work at an upstream. Fails with [`Problem::Limit`] where there is none.
    pub(crate) async fn admit(&self, peer: Peer, class: Class, caller: CallerKey) -> Result<Permit, Problem> {
        self.pools[&(peer, class)].admit(caller).await
    }

    /// Memory for the body of a request that begins. Fails with [`Problem::Limit`] where there is none left.
    pub(crate) fn request(&self, from: IpAddr) -> Result<BodyMemory, Problem> {
        self.requests.begin(CallerKey::of_address(from))
    }

    /// Memory for the body of a response, until it is sent. Of a read fails with [`Problem::Limit`] where there is none left; what was
    /// done is answered in any case.
    pub(crate) fn response(
        &self,
        caller: CallerKey,
        bytes: usize,
        read: bool,
    ) -> Result<BodyMemory, Problem> {
        if !read {
            return Ok(self.responses.insist(caller, bytes));
        }
        let mut memory = self.responses.begin(caller)?;
        memory.hold(bytes)?;
        Ok(memory)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn upstreams_and_classes_have_places_of_their_own() {
        let admission = Admission::new(10);
        let from = |number| CallerKey::of_address(IpAddr::from([192, 0, 2, number]));
        let mut held = Vec::new();
        for number in 0..=u8::MAX {
            held.extend(admission.admit(Peer::ACTIVITY, Class::Read, from(number)).await.ok());
        }
        assert_eq!(held.len(), 5);
        for (peer, class) in [
            (Peer::PROFILE, Class::Read),
            (Peer::ACTIVITY, Class::Write),
            (Peer::ACTIVITY, Class::Stream),
            (Peer::ACTIVITY, Class::SignIn),
        ] {
            assert!(admission.admit(peer, class, from(1)).await.is_ok(), "{peer} {class:?}");
        }
    }

    #[test]
    fn a_network_of_ipv6_is_one_caller() {
        let of = |address: &str| CallerKey::of_address(address.parse().expect("an address"));
        assert_eq!(of("2001:db8:0:1::1"), of("2001:db8:0:1:ffff::2"));
        assert_ne!(of("2001:db8:0:1::1"), of("2001:db8:0:2::1"));
        assert_eq!(of("::ffff:192.0.2.1"), of("192.0.2.1"));
    }
}
