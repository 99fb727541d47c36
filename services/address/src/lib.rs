//! The address service: addresses of customers and which is the default of a use.
//!
//! It promises that a customer has one default per use, that a customer who does not exist or was deleted has no address,
//! and that each change is told to activity and profile in order. It asks profile about customers it has not been told of.

pub mod address;
pub mod book;
pub mod error;
pub mod service;
pub mod store;

use crate::{
    book::AddressBook,
    service::{Addresses, Creation, ReferenceConsumer},
};
use patron_chassis::{
    peer::Peer,
    pg::Migrations,
    seal::Seal,
    service::{Chassis, Service},
};
use patron_proto::address::{
    internal::v1::address_creation_service_server::AddressCreationServiceServer,
    v1::address_service_server::AddressServiceServer,
};

/// The address service.
#[derive(Debug)]
pub struct AddressService;

impl Service for AddressService {
    const PEER: Peer = Peer::ADDRESS;
    type Config = ();

    fn migrations() -> Migrations {
        Migrations { own: sqlx::migrate!(), keeps_customer_references: true }
    }

    async fn assemble(chassis: &mut Chassis, (): ()) -> anyhow::Result<()> {
        let book = AddressBook {
            database: chassis.database(),
            outbox: chassis.outbox(),
            references: chassis.references(),
            clock: chassis.clock(),
            ids: chassis.ids(),
        };
        let addresses = Addresses {
            book: book.clone(),
            applied: chassis.applied(),
            seal: Seal::new(chassis.seal_key().expose()),
        };
        chassis.add_service(AddressServiceServer::new(addresses))?;
        chassis.add_service(AddressCreationServiceServer::new(Creation { book }))?;
        chassis.consume(ReferenceConsumer)?;
        chassis.relay_to(&[Peer::ACTIVITY, Peer::PROFILE]);
        Ok(())
    }
}
