use crate::{
    change::{self, Caller, Change, Pending},
    command, idempotency,
    inbox::{Consumer, Delivered, Delivery, Inbox},
    outbox::{Outbox, Relay},
    queue::{self, Queue},
    reference::References,
    snapshot::{SnapshotRpc, Snapshots},
    sweep,
};
use patron_chassis::{
    clock::Clock,
    ids::Ids,
    peer::Peer,
    pg::{Database, Grant, Migrations, SharedMigration},
    service::Chassis,
    status::Problem,
};
use patron_proto::event::{
    internal::v1::{
        event_delivery_service_server::EventDeliveryServiceServer,
        snapshot_service_server::SnapshotServiceServer,
    },
    v1::ChangeContext,
};
use patron_values::id::CustomerId;
use sqlx::migrate::Migrator;
use time::OffsetDateTime;
use uuid::Uuid;

/// Outbox, inbox and idempotency keys, which every service has.
const MESSAGING: SharedMigration = SharedMigration {
    version: 1,
    description: "messaging",
    sql: include_str!("../migrations/0001_messaging.sql"),
    grants: &[Grant::new("select, insert, update, delete", "idempotency")],
};
/// What a service knows of the customers it keeps rows about.
const REFERENCE: SharedMigration = SharedMigration {
    version: 2,
    description: "reference",
    sql: include_str!("../migrations/0002_reference.sql"),
    grants: &[Grant::new("select, insert, update", "customer_ref")],
};
/// Outbox and inbox by their later names.
const NAMES: SharedMigration = SharedMigration {
    version: 3,
    description: "names",
    sql: include_str!("../migrations/0003_names.sql"),
    grants: &[Grant::new("select, insert, update, delete", "inbox")],
};
/// Which fields of a resource changed when.
const EDIT: SharedMigration = SharedMigration {
    version: 4,
    description: "edit",
    sql: include_str!("../migrations/0004_edit.sql"),
    grants: &[Grant::new("select, insert, delete", "resource_edit")],
};
/// The outbox as a queue, and an inbox that can be filled late.
const QUEUE: SharedMigration = SharedMigration {
    version: 5,
    description: "queue",
    sql: include_str!("../migrations/0005_queue.sql"),
    grants: &[Grant::new("select, insert, update, delete", "queue")],
};
/// A customer who is being deleted.
const DELETING: SharedMigration = SharedMigration {
    version: 10,
    description: "deleting",
    sql: include_str!("../migrations/0010_deleting.sql"),
    grants: &[],
};

/// The tables of a service: its own with what its statements need of them, and those that the ledger keeps in its schema.
/// `refers_to_customers` says whether it keeps rows about customers of profile.
pub fn migrations(own: Migrator, grants: &'static [Grant], refers_to_customers: bool) -> Migrations {
    let shared: &[SharedMigration] = if refers_to_customers {
        &[MESSAGING, REFERENCE, NAMES, EDIT, QUEUE, DELETING]
    } else {
        &[MESSAGING, NAMES, EDIT, QUEUE]
    };
    Migrations { shared, own, grants }
}

/// The mesh's data in the database of one service. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Ledger {
    peer: Peer,
    database: Database,
    background: Database,
    clock: Clock,
    ids: Ids,
    references: References,
    delivered: Delivered,
}

impl Ledger {
    /// The ledger of a service that is being put together; starts what keeps its tables small.
    pub fn start(chassis: &mut Chassis) -> Self {
        let (peer, database, background) = (chassis.peer(), chassis.database(), chassis.background());
        let swept = background.clone();
        chassis.spawn("request ids", |stop| async move {
            sweep::run("request ids", stop, || idempotency::delete_expired(&swept)).await;
            Ok(())
        });
        let swept = background.clone();
        chassis.spawn("edits", |stop| async move {
            sweep::run("edits", stop, || change::delete_old(&swept)).await;
            Ok(())
        });
        let queue = Queue::new(background.clone());
        chassis.add_command("dead-letters", |arguments| command::dead_letters(queue, arguments));
        let measured = background.clone();
        chassis.spawn("queue", |stop| async move {
            queue::watch(measured, stop).await;
            Ok(())
        });
        let references = References::new(database.clone(), chassis.channel(Peer::PROFILE).as_service());
        Self {
            peer,
            database,
            background,
            clock: chassis.clock(),
            ids: chassis.ids(),
            references,
            delivered: Delivered::default(),
        }
    }

    /// Which service it is of.
    pub fn peer(&self) -> Peer {
        self.peer
    }

    /// Where it is stored.
    pub fn database(&self) -> &Database {
        &self.database
    }

    /// The time.
    pub fn now(&self) -> OffsetDateTime {
        self.clock.now()
    }

    /// A new id of the type asked for.
    pub fn next_id<T: From<Uuid>>(&self) -> T {
        self.ids.next()
    }

    /// Changes resources for a caller.
    pub fn change<'a>(&'a self, caller: &'a Caller) -> Change<'a> {
        Change::new(self, caller)
    }

    /// Locks customers who are being created, each with the number of resources that shall begin with it. `None` where an earlier try of
    /// their creation made all of them; FAILED_PRECONDITION where one of them is not being created.
    pub async fn open_pending<'a>(
        &'a self,
        customers: &[(CustomerId, usize)],
        context: &'a ChangeContext,
    ) -> Result<Option<Pending<'a>>, Problem> {
        Pending::open(self, context, customers).await
    }

    /// Does `work` about a customer. Where it finds none, which is `Ok(None)`, and profile knows one, it is done once more.
    pub async fn resolve<T, E: From<Problem>, F: Future<Output = Result<Option<T>, E>>>(
        &self,
        customer: CustomerId,
        work: impl Fn() -> F,
    ) -> Result<Option<T>, E> {
        self.references.resolve(customer, work).await
    }

    /// Finds customers that profile knows and this service does not yet.
    pub fn references(&self) -> References {
        self.references.clone()
    }

    /// Writes the events of this service.
    pub fn outbox(&self) -> Outbox {
        Outbox::new(self.peer, self.ids.clone())
    }

    /// Jobs of this service to be done later. Its workers share the connections of background work.
    pub fn queue(&self) -> Queue {
        Queue::new(self.background.clone())
    }

    /// Up to where the events of others have been applied here, of those that `C` takes.
    pub fn inbox<C: Consumer>(&self) -> Inbox {
        Inbox::new(self.database.clone(), C::consumes, self.delivered.clone())
    }

    /// Delivers the events of this service to each of these peers, as long as the process runs.
    pub fn relay_to(&self, chassis: &Chassis, consumers: &[Peer]) {
        for consumer in consumers {
            let channel = chassis.channel(*consumer).as_service();
            let relay = Relay::new(self.background.clone(), self.peer, *consumer, channel);
            chassis.spawn("relay", |stop| async move {
                relay.run(stop).await;
                Ok(())
            });
        }
    }

    /// Applies the events that others deliver, and can be filled from the snapshots of their sources.
    pub fn consume<C: Consumer>(&self, chassis: &mut Chassis, consumer: C) -> anyhow::Result<()> {
        let delivery = Delivery::new(self.database.clone(), consumer).announced_by(self.delivered.clone());
        let channels = C::SOURCES.iter().map(|source| (*source, chassis.channel(*source).as_service()));
        let (resynced, channels, clock) = (delivery.clone(), channels.collect(), self.clock.clone());
        chassis.add_command("resync", |arguments| command::resync(resynced, channels, clock, arguments));
        chassis.add_service(EventDeliveryServiceServer::new(delivery))
    }

    /// Lists what is published, for consumers to be filled with.
    pub fn list_snapshots(&self, chassis: &mut Chassis, snapshots: impl Snapshots) -> anyhow::Result<()> {
        let rpc = SnapshotRpc::new(self.peer, self.clock.clone(), self.database.clone(), snapshots);
        chassis.add_service(SnapshotServiceServer::new(rpc))
    }
}
