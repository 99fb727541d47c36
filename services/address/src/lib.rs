//! The address service: addresses of customers, which is the default of a use, and what addresses consist of in each country.
//!
//! It promises that a customer has one default per use, that a customer who does not exist or was deleted has no address,
//! that an address keeps the rules of its country or says why it need not, and that each change is published to activity and
//! profile in order. It asks profile about customers whom it does not know yet.

pub mod address;
pub mod country;
pub mod error;
pub mod operations;
pub mod rule;
pub mod service;
pub mod store;

use crate::{
    operations::Addresses,
    service::{AddressCountryRpc, AddressCreationRpc, AddressRpc, AddressSnapshots, CustomerAddressRpc},
    store::address::AddressesOfEnded,
};
use patron_chassis::{
    peer::Peer,
    pg::Migrations,
    service::{Chassis, Service},
};
use patron_ledger::{Ledger, reference::ReferenceConsumer};
use patron_proto::address::{
    internal::v1::{
        address_creation_service_server::AddressCreationServiceServer,
        customer_address_service_server::CustomerAddressServiceServer,
    },
    v1::{
        address_country_service_server::AddressCountryServiceServer,
        address_service_server::AddressServiceServer,
    },
};

/// The address service.
#[derive(Debug)]
pub struct AddressService;

impl Service for AddressService {
    const PEER: Peer = Peer::ADDRESS;
    type Config = ();

    fn migrations() -> Migrations {
        patron_ledger::migrations(sqlx::migrate!(), store::GRANTS, true)
    }

    async fn assemble(chassis: &mut Chassis, (): ()) -> anyhow::Result<()> {
        let ledger = Ledger::start(chassis)?;
        let addresses = Addresses { ledger: ledger.clone() };
        let rpc = AddressRpc {
            addresses: addresses.clone(),
            inbox: ledger.inbox::<ReferenceConsumer<AddressesOfEnded>>(),
            seal: chassis.seal(),
        };
        let countries = AddressCountryRpc { seal: chassis.seal() };
        chassis.add_service(AddressServiceServer::new(rpc))?;
        chassis.add_service(AddressCountryServiceServer::new(countries))?;
        let creation = AddressCreationRpc { addresses: addresses.clone() };
        chassis.add_service(AddressCreationServiceServer::new(creation))?;
        chassis.add_service(CustomerAddressServiceServer::new(CustomerAddressRpc { addresses }))?;
        ledger.list_snapshots(chassis, AddressSnapshots)?;
        ledger.consume_references::<AddressesOfEnded>(chassis)?;
        ledger.relay_to(chassis, &[Peer::ACTIVITY, Peer::PROFILE]);
        Ok(())
    }
}
