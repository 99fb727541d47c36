use crate::{
    idempotency,
    inbox::{Consumer, Delivery, Inbox},
    outbox::{Outbox, Relay},
    reference::References,
};
use patron_chassis::{
    ids::Ids,
    peer::Peer,
    pg::{Database, Migrations, SharedMigration},
    service::Chassis,
};
use patron_proto::event::internal::v1::event_delivery_service_server::EventDeliveryServiceServer;
use sqlx::migrate::Migrator;

/// Outbox, inbox and idempotency keys, which every service has.
const MESSAGING: SharedMigration = SharedMigration {
    version: 1,
    description: "messaging",
    sql: include_str!("../migrations/0001_messaging.sql"),
};
/// What a service knows of the customers it keeps rows about.
const REFERENCE: SharedMigration = SharedMigration {
    version: 2,
    description: "reference",
    sql: include_str!("../migrations/0002_reference.sql"),
};
/// Outbox and inbox by their later names.
const NAMES: SharedMigration =
    SharedMigration { version: 3, description: "names", sql: include_str!("../migrations/0003_names.sql") };

/// The tables of a service: its own, and those that the ledger keeps in its schema. `refers_to_customers` says whether it keeps
/// rows about customers of profile.
pub fn migrations(own: Migrator, refers_to_customers: bool) -> Migrations {
    let shared: &[SharedMigration] =
        if refers_to_customers { &[MESSAGING, REFERENCE, NAMES] } else { &[MESSAGING, NAMES] };
    Migrations { shared, own }
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
    pub fn inbox(&self) -> Inbox {
        Inbox::new(self.peer, self.database.pool().clone())
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
