//! The customer-profile service: the customer record, search, and the beginning and end of customers across services.
//!
//! It promises that no two live customers share an email, that a customer is seen whole or not at all, that a change
//! overwrites nothing its author has not seen, and that each change is told in order. It calls identity, address and group
//! to create and remove what they keep of a customer, and takes what they tell into the projection that lists are
//! filtered by.

pub mod customer;
pub mod error;
pub mod lifecycle;
pub mod parts;
pub mod records;
pub mod service;
pub mod store;
pub mod telling;

use crate::{
    lifecycle::Lifecycle,
    parts::Parts,
    records::Records,
    service::{CustomerReferences, Customers, ProjectionConsumer},
};
use patron_chassis::{
    peer::Peer,
    pg::Migrations,
    service::{Chassis, Service},
};
use patron_ledger::Ledger;
use patron_proto::profile::{
    internal::v1::customer_reference_service_server::CustomerReferenceServiceServer,
    v1::customer_service_server::CustomerServiceServer,
};
use patron_values::seal::Seal;

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
        let ledger = Ledger::start(chassis);
        let records = Records {
            database: chassis.database(),
            outbox: ledger.outbox(),
            clock: chassis.clock(),
            ids: chassis.ids(),
        };
        let [identity, address, group] =
            [Peer::IDENTITY, Peer::ADDRESS, Peer::GROUP].map(|peer| chassis.channel(peer));
        let lifecycle =
            Lifecycle { records: records.clone(), parts: Parts::new(&identity, &address, &group) };
        let customers = Customers {
            records: records.clone(),
            lifecycle: lifecycle.clone(),
            applied: ledger.applied(),
            seal: Seal::new(chassis.seal_key().expose()),
        };
        chassis.add_service(CustomerServiceServer::new(customers))?;
        chassis.add_service(CustomerReferenceServiceServer::new(CustomerReferences { records }))?;
        ledger.consume(chassis, ProjectionConsumer)?;
        ledger.relay_to(chassis, &[Peer::IDENTITY, Peer::ADDRESS, Peer::GROUP, Peer::ACTIVITY]);
        chassis.spawn("sagas", |stop| async move {
            lifecycle.reconcile(stop).await;
            Ok(())
        });
        Ok(())
    }
}
