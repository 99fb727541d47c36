//! The group service: groups of customers, who is in them, and which is the primary one of a customer.
//!
//! It promises that a customer in any group has one primary group, that a customer who does not exist or was deleted is in
//! none, that nobody is put by hand into a group that is closed for it, and that each change is told in order: of groups to
//! activity, of memberships to activity and profile. It asks profile about customers it has not been told of.

pub mod book;
pub mod catalog;
pub mod error;
pub mod group;
pub mod membership;
pub mod roster;
pub mod service;
pub mod store;

use crate::{
    book::MembershipBook,
    catalog::GroupCatalog,
    service::{Creation, Groups, Memberships, ReferenceConsumer},
};
use patron_chassis::{
    peer::Peer,
    pg::Migrations,
    service::{Chassis, Service},
};
use patron_ledger::Ledger;
use patron_proto::group::{
    internal::v1::membership_creation_service_server::MembershipCreationServiceServer,
    v1::{group_service_server::GroupServiceServer, membership_service_server::MembershipServiceServer},
};
use patron_values::seal::Seal;

/// The group service.
#[derive(Debug)]
pub struct GroupService;

impl Service for GroupService {
    const PEER: Peer = Peer::GROUP;
    type Config = ();

    fn migrations() -> Migrations {
        patron_ledger::migrations(sqlx::migrate!(), store::GRANTS, true)
    }

    async fn assemble(chassis: &mut Chassis, (): ()) -> anyhow::Result<()> {
        let ledger = Ledger::start(chassis);
        let catalog = GroupCatalog {
            database: chassis.database(),
            outbox: ledger.outbox(),
            clock: chassis.clock(),
            ids: chassis.ids(),
        };
        let book = MembershipBook {
            database: chassis.database(),
            outbox: ledger.outbox(),
            references: ledger.references(chassis),
            clock: chassis.clock(),
        };
        let (applied, seal) = (ledger.applied(), Seal::new(chassis.seal_key().expose()));
        let groups = Groups { catalog, applied: applied.clone(), seal: seal.clone() };
        let memberships = Memberships { book: book.clone(), applied, seal };
        chassis.add_service(GroupServiceServer::new(groups))?;
        chassis.add_service(MembershipServiceServer::new(memberships))?;
        chassis.add_service(MembershipCreationServiceServer::new(Creation { book }))?;
        ledger.consume(chassis, ReferenceConsumer)?;
        ledger.relay_to(chassis, &[Peer::ACTIVITY, Peer::PROFILE]);
        Ok(())
    }
}
