//! The group service: groups of customers, who is in them, and which is the primary one of a customer.
//!
//! It promises that a customer in any group has one primary group, that a customer who does not exist or was deleted is in
//! none, that nobody is put by hand into a group that is closed for it, and that each change is published in order: of groups to
//! activity, of memberships to activity, profile and identity. Which groups require approval of new customers it says when asked, and
//! with each membership. It asks profile about customers of whom it has no event yet.

pub mod error;
pub mod group;
pub mod membership;
pub mod operations;
pub mod service;
pub mod store;

use crate::{
    operations::{Groups, Memberships},
    service::{
        ApprovalRpc, BulkMembershipRpc, GroupReferenceRpc, GroupRpc, MembershipCreationRpc, MembershipRpc,
        MembershipSnapshots,
    },
    store::membership::MembershipsOfEnded,
};
use patron_chassis::{
    peer::Peer,
    pg::Migrations,
    service::{Chassis, Service},
};
use patron_ledger::{Ledger, reference::ReferenceConsumer};
use patron_proto::group::{
    internal::v1::{
        approval_service_server::ApprovalServiceServer,
        bulk_membership_service_server::BulkMembershipServiceServer,
        group_reference_service_server::GroupReferenceServiceServer,
        membership_creation_service_server::MembershipCreationServiceServer,
    },
    v1::{group_service_server::GroupServiceServer, membership_service_server::MembershipServiceServer},
};

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
        let ledger = Ledger::start(chassis)?;
        let memberships = Memberships { ledger: ledger.clone() };
        let inbox = ledger.inbox::<ReferenceConsumer<MembershipsOfEnded>>();
        let seal = chassis.seal();
        let groups = Groups { ledger: ledger.clone() };
        let groups = GroupRpc { groups, inbox: inbox.clone(), seal: seal.clone() };
        chassis.add_service(GroupServiceServer::new(groups))?;
        let rpc = MembershipRpc { memberships: memberships.clone(), inbox, seal };
        chassis.add_service(MembershipServiceServer::new(rpc))?;
        let bulk = BulkMembershipRpc { memberships: Memberships { ledger: ledger.in_background() } };
        chassis.add_service(BulkMembershipServiceServer::new(bulk))?;
        chassis.add_service(MembershipCreationServiceServer::new(MembershipCreationRpc { memberships }))?;
        chassis.add_service(ApprovalServiceServer::new(ApprovalRpc { database: chassis.database() }))?;
        let references = GroupReferenceRpc { database: chassis.database() };
        chassis.add_service(GroupReferenceServiceServer::new(references))?;
        ledger.list_snapshots(chassis, MembershipSnapshots)?;
        ledger.consume_references::<MembershipsOfEnded>(chassis)?;
        ledger.relay_to(chassis, &[Peer::ACTIVITY, Peer::PROFILE, Peer::IDENTITY]);
        Ok(())
    }
}
