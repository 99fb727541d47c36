//! The customer-profile service: the customer record, search, and the beginning and end of customers across services.
//!
//! It promises that no two live customers share an email, that a customer is seen whole or not at all, that a change
//! overwrites nothing its author has not seen, and that each change is published in order. It calls identity, address and group
//! to create and remove what they keep of a customer, and for what files of customers say of them, and takes what they publish into the projection that lists are
//! filtered by.

pub mod assigned_staff;
pub mod bulk;
pub mod consent;
pub mod customer;
pub mod error;
pub mod events;
pub mod export;
pub mod field_policy;
pub mod operations;
pub mod participants;
pub mod selection;
pub mod service;
pub mod store;

use crate::{
    operations::{
        Audience, BulkParticipants, BulkWork, Bulks, Contacts, CreationSaga, Creations, Customers,
        DeletionSaga, Deletions, Exports, FieldPolicies, sweep_audience,
    },
    participants::Participants,
    service::{
        BulkRpc, ConsentRpc, CustomerExportRpc, CustomerReferenceRpc, CustomerRpc, FieldPolicyRpc,
        ProjectionConsumer, ReferenceSnapshots, SubscriberRpc,
    },
};
use patron_chassis::{
    peer::Peer,
    pg::Migrations,
    service::{Chassis, Service},
};
use patron_ledger::{Ledger, saga::Sagas, sweep};
use patron_proto::profile::{
    internal::v1::customer_reference_service_server::CustomerReferenceServiceServer,
    v1::{
        consent_service_server::ConsentServiceServer,
        customer_bulk_service_server::CustomerBulkServiceServer,
        customer_export_service_server::CustomerExportServiceServer,
        customer_service_server::CustomerServiceServer,
        field_policy_service_server::FieldPolicyServiceServer,
        subscriber_service_server::SubscriberServiceServer,
    },
};

/// The customer-profile service.
#[derive(Debug)]
pub struct ProfileService;

impl Service for ProfileService {
    const PEER: Peer = Peer::PROFILE;
    type Config = ();

    fn migrations() -> Migrations {
        patron_ledger::migrations(sqlx::migrate!(), store::GRANTS, false)
    }

    async fn assemble(chassis: &mut Chassis, (): ()) -> anyhow::Result<()> {
        let ledger = Ledger::start(chassis)?;
        let customers = Customers { ledger: ledger.clone() };
        let [identity, address, group] =
            [Peer::IDENTITY, Peer::ADDRESS, Peer::GROUP].map(|peer| chassis.channel(peer));
        let participants = Participants::new(&identity, &address, &group);
        let contacts = Contacts::new(&identity, &address, &group);
        let exports = Exports::new(customers.clone(), contacts, chassis.validity(), chassis.stopping());
        let creation = CreationSaga { customers: customers.clone(), participants: participants.clone() };
        let creations = Creations {
            customers: customers.clone(),
            participants: participants.clone(),
            sagas: ledger.sagas(chassis, creation),
        };
        let deletion = DeletionSaga { customers: customers.clone(), participants: participants.clone() };
        let deletions = Deletions { customers: customers.clone(), sagas: ledger.sagas(chassis, deletion) };
        let policies = add_field_policy(chassis, &ledger).await?;
        let rpc = CustomerRpc {
            customers: customers.clone(),
            policies,
            creations,
            deletions,
            inbox: ledger.inbox::<ProjectionConsumer>(),
            seal: chassis.seal(),
        };
        chassis.add_service(CustomerServiceServer::new(rpc))?;
        let rpc = CustomerExportRpc { exports: exports.clone(), inbox: ledger.inbox::<ProjectionConsumer>() };
        chassis.add_service(CustomerExportServiceServer::new(rpc))?;
        chassis.spawn("exports", |stop| async move {
            exports.run(stop).await;
            Ok(())
        });
        add_bulk(chassis, &ledger, participants)?;
        add_consent(chassis, &customers)?;
        chassis.add_service(CustomerReferenceServiceServer::new(CustomerReferenceRpc { customers }))?;
        ledger.list_snapshots(chassis, ReferenceSnapshots)?;
        ledger.consume(chassis, ProjectionConsumer)?;
        ledger.relay_to(chassis, &[Peer::IDENTITY, Peer::ADDRESS, Peer::GROUP, Peer::ACTIVITY]);
        Ok(())
    }
}

/// What customers agree to, and who does.
fn add_consent(chassis: &mut Chassis, customers: &Customers) -> anyhow::Result<()> {
    let rpc = ConsentRpc { customers: customers.clone(), seal: chassis.seal() };
    chassis.add_service(ConsentServiceServer::new(rpc))?;
    let audience = Audience::new(chassis.database(), chassis.clock(), chassis.validity(), chassis.stopping());
    let rpc = SubscriberRpc { audience, database: chassis.database(), seal: chassis.seal() };
    chassis.add_service(SubscriberServiceServer::new(rpc))?;
    let (database, clock) = (chassis.background(), chassis.clock());
    chassis.spawn("audience", |stop| async move {
        sweep_audience(database, clock, stop).await;
        Ok(())
    });
    Ok(())
}

/// What is asked of customers, which creations know without asking the database.
async fn add_field_policy(chassis: &mut Chassis, ledger: &Ledger) -> anyhow::Result<FieldPolicies> {
    let policies = FieldPolicies::new(ledger);
    chassis.prepare(|| async { Ok(policies.look().await?) }).await?;
    chassis.add_service(FieldPolicyServiceServer::new(FieldPolicyRpc { policies: policies.clone() }))?;
    let following = policies.clone();
    chassis.spawn("field policy", |stop| async move {
        following.run(stop).await;
        Ok(())
    });
    Ok(policies)
}

/// Bulk operations. They go through customers on connections of background work, and leave the others to whoever waits for an answer.
fn add_bulk(chassis: &mut Chassis, ledger: &Ledger, participants: Participants) -> anyhow::Result<()> {
    let [identity, group] = [Peer::IDENTITY, Peer::GROUP].map(|peer| chassis.channel(peer));
    let in_background = Customers { ledger: ledger.in_background() };
    let deletion = DeletionSaga { customers: in_background.clone(), participants };
    let sagas = Sagas::new(deletion, chassis.background(), chassis.clock(), chassis.ids());
    let deletions = Deletions { customers: in_background.clone(), sagas };
    let participants = BulkParticipants::new(deletions, &identity, &group);
    ledger.work(chassis, BulkWork { customers: in_background, participants });
    let results = chassis.background();
    chassis.spawn("bulk results", |stop| async move {
        sweep::run("bulk results", stop, || store::bulk::delete_old(&results)).await;
        Ok(())
    });
    let bulks = Bulks { customers: Customers { ledger: ledger.clone() }, operations: ledger.operations() };
    chassis.add_service(CustomerBulkServiceServer::new(BulkRpc { bulks, seal: chassis.seal() }))?;
    Ok(())
}
