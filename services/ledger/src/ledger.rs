use crate::{
    idempotency,
    inbox::{Applied, Consumer, Delivery},
    outbox::{Outbox, Relay},
    reference::References,
};
use patron_chassis::{
    ids::Ids,
    peer::Peer,
    pg::{Database, Grant, Migrations, SharedMigration},
    service::Chassis,
};
use patron_proto::event::internal::v1::event_delivery_service_server::EventDeliveryServiceServer;
use sqlx::migrate::Migrator;

/// Outbox, inbox and idempotency keys, which every service has.
const MESSAGING: SharedMigration = SharedMigration {
    version: 1,
    description: "messaging",
    sql: include_str!("../migrations/messaging.sql"),
    grants: &[
        Grant::new("select, insert, update, delete", "outbox"),
        Grant::new("select, insert, update", "applied"),
        Grant::new("select, insert, update, delete", "idempotency"),
    ],
};
/// What a service knows of the customers it keeps rows about.
const REFERENCE: SharedMigration = SharedMigration {
    version: 2,
    description: "reference",
    sql: include_str!("../migrations/reference.sql"),
    grants: &[Grant::new("select, insert, update", "customer_ref")],
};

/// The tables of a service: its own with what its statements need of them, and those that the ledger keeps in its schema.
/// `refers_to_customers` says whether it keeps rows about customers of profile.
pub fn migrations(own: Migrator, grants: &'static [Grant], refers_to_customers: bool) -> Migrations {
    let shared: &[SharedMigration] = if refers_to_customers { &[MESSAGING, REFERENCE] } else { &[MESSAGING] };
    Migrations { shared, own, grants }
}

/// The mesh's data in the database of one service. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Ledger {
    peer: Peer,
    database: Database,
    ids: Ids,
}

impl Ledger {
    /// The ledger of a service that is being put together; starts what keeps its tables small.
    pub fn start(chassis: &Chassis) -> Self {
        let database = chassis.database();
        let swept = database.clone();
        chassis.spawn("idempotency", |stop| async move {
            idempotency::sweep(swept, stop).await;
            Ok(())
        });
        Self { peer: chassis.peer(), database, ids: chassis.ids() }
    }

    /// Writes the events of this service.
    pub fn outbox(&self) -> Outbox {
        Outbox::new(self.peer, self.ids.clone())
    }

    /// Finds customers that profile knows and this service does not yet.
    pub fn references(&self, chassis: &Chassis) -> References {
        References::new(self.database.clone(), chassis.channel(Peer::PROFILE).as_service())
    }

    /// Up to where the events of others have been applied here.
    pub fn applied(&self) -> Applied {
        Applied::new(self.peer, self.database.pool().clone())
    }

    /// Sends what the outbox holds for each of these peers, as long as the process runs.
    pub fn relay_to(&self, chassis: &Chassis, consumers: &[Peer]) {
        for consumer in consumers {
            let channel = chassis.channel(*consumer).as_service();
            let relay = Relay::new(self.database.clone(), *consumer, channel);
            chassis.spawn("relay", |stop| async move {
                relay.run(stop).await;
                Ok(())
            });
        }
    }

    /// Applies the events that others deliver.
    pub fn consume(&self, chassis: &mut Chassis, consumer: impl Consumer) -> anyhow::Result<()> {
        let delivery = Delivery::new(self.database.clone(), consumer);
        chassis.add_service(EventDeliveryServiceServer::new(delivery))
    }
}
