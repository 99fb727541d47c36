//! The customer-profile service: the customer record, search, and the beginning and end of customers across services.
//!
//! It promises that no two live customers share an email, that a customer is seen whole or not at all, that a change
//! overwrites nothing its author has not seen, and that each change is published in order. It calls identity, address and group
//! to create and remove what they keep of a customer, and for what files of customers say of them, and takes what they publish into the projection that lists are
//! filtered by.

pub mod assigned_staff;
pub mod customer;
pub mod error;
pub mod events;
pub mod export;
pub mod operations;
pub mod participants;
pub mod service;
pub mod store;

use crate::{
    operations::{Contacts, CreationSaga, Creations, Customers, DeletionSaga, Deletions, Exports},
    participants::Participants,
    service::{CustomerExportRpc, CustomerReferenceRpc, CustomerRpc, ProjectionConsumer, ReferenceSnapshots},
};
use patron_chassis::{
    peer::Peer,
    pg::Migrations,
    service::{Chassis, Service},
};
use patron_ledger::Ledger;
use patron_proto::profile::{
    internal::v1::customer_reference_service_server::CustomerReferenceServiceServer,
    v1::{
        customer_export_service_server::CustomerExportServiceServer,
        customer_service_server::CustomerServiceServer,
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
        let deletion = DeletionSaga { customers: customers.clone(), participants };
        let deletions = Deletions { customers: customers.clone(), sagas: ledger.sagas(chassis, deletion) };
        let rpc = CustomerRpc {
            customers: customers.clone(),
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
        chassis.add_service(CustomerReferenceServiceServer::new(CustomerReferenceRpc { customers }))?;
        ledger.list_snapshots(chassis, ReferenceSnapshots)?;
        ledger.consume(chassis, ProjectionConsumer)?;
        ledger.relay_to(chassis, &[Peer::IDENTITY, Peer::ADDRESS, Peer::GROUP, Peer::ACTIVITY]);
        Ok(())
    }
}
