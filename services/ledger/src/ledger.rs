use crate::{
    change::{self, Caller, Change, Pending},
    command, idempotency,
    inbox::{Consumer, Delivered, Delivery, Inbox, ResyncRpc, ResyncWork},
    operation::{self, OperationRpc, Operations, Work},
    outbox::{Outbox, Relay},
    queue::{self, Queue, dead_letter::DeadLetterRpc},
    reference::{self, Purge, ReferenceConsumer, References},
    saga::{Saga, Sagas},
    snapshot::{SnapshotRpc, Snapshots},
    sweep,
};
use patron_chassis::{
    client::Channel, clock::Clock, ids::Ids, peer::Peer, pg::Database, service::Chassis, status::Problem,
};
use patron_proto::{
    event::internal::v1::{
        event_delivery_service_server::EventDeliveryServiceServer,
        snapshot_service_server::SnapshotServiceServer,
    },
    operation::v1::{
        dead_letter_service_server::DeadLetterServiceServer,
        operation_service_server::OperationServiceServer, resync_service_server::ResyncServiceServer,
    },
};
use patron_values::id::CustomerId;
use std::{collections::HashMap, marker::PhantomData};
use time::OffsetDateTime;
use uuid::Uuid;

/// Customers of whom a process removes rows at once. Each takes a connection for background work.
const PURGES: usize = 2;

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
    /// The ledger of a service that is being put together; starts what keeps its tables small, and serves what people see of its work.
    pub fn start(chassis: &mut Chassis) -> anyhow::Result<Self> {
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
        let swept = background.clone();
        chassis.spawn("operations", |stop| async move {
            let abandoned =
                sweep::run("abandoned operations", stop.clone(), || operation::end_abandoned(&swept));
            let old = sweep::run("operations", stop, || operation::delete_old(&swept));
            futures::join!(abandoned, old);
            Ok(())
        });
        let operations = OperationRpc { database: database.clone(), seal: chassis.seal() };
        let dead_letters = DeadLetterRpc { queue: Queue::new(database.clone()), seal: chassis.seal() };
        chassis.add_service(OperationServiceServer::new(operations))?;
        chassis.add_service(DeadLetterServiceServer::new(dead_letters))?;
        let queue = Queue::new(background.clone());
        chassis.add_command("dead-letters", |arguments| command::dead_letters(queue, arguments));
        let measured = background.clone();
        chassis.spawn("queue", |stop| async move {
            queue::watch(measured, stop).await;
            Ok(())
        });
        let references = References::new(database.clone(), chassis.channel(Peer::PROFILE).as_service());
        Ok(Self {
            peer,
            database,
            background,
            clock: chassis.clock(),
            ids: chassis.ids(),
            references,
            delivered: Delivered::default(),
        })
    }

    /// The same on the connections of background work, for what waits behind the calls of others.
    #[must_use]
    pub fn in_background(&self) -> Self {
        Self { database: self.background.clone(), ..self.clone() }
    }

    /// Which service it is of.
    pub fn peer(&self) -> Peer {
        self.peer
    }

    /// Where it is stored.
    pub fn database(&self) -> &Database {
        &self.database
    }

    /// The same, by the connections of background work.
    pub fn background(&self) -> &Database {
        &self.background
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
    pub async fn open_pending(
        &self,
        customers: &[(CustomerId, usize)],
    ) -> Result<Option<Pending<'_>>, Problem> {
        Pending::open(self, customers).await
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

    /// Starts and advances sagas; those that were left half-way are resumed as long as the process runs.
    pub fn sagas<S: Saga>(&self, chassis: &Chassis, saga: S) -> Sagas<S> {
        let sagas = Sagas::new(saga, self.database.clone(), self.clock.clone(), self.ids.clone());
        let resumed = sagas.on(self.background.clone());
        chassis.spawn("sagas", |stop| async move {
            resumed.resume(stop).await;
            Ok(())
        });
        sagas
    }

    /// Starts operations.
    pub fn operations(&self) -> Operations {
        Operations::new(self.clock.clone(), self.ids.clone())
    }

    /// Does operations of one kind, as long as the process runs.
    pub fn work<W: Work>(&self, chassis: &Chassis, work: W) {
        let (database, clock) = (self.background.clone(), self.clock.clone());
        chassis.spawn("operation", |stop| async move {
            operation::perform(work, database, clock, stop).await;
            Ok(())
        });
    }

    /// How far the events that `C` takes have been applied here.
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

    /// Applies what profile says of customers, and removes what `P` keeps of those who are gone.
    pub fn consume_references<P: Purge>(&self, chassis: &mut Chassis) -> anyhow::Result<()> {
        let (queue, database) = (self.queue(), self.background.clone());
        chassis.spawn("purge", |stop| async move {
            let run = move |job| {
                let database = database.clone();
                async move { reference::purge::<P>(&database, job).await }
            };
            queue.work(reference::PURGE, PURGES, stop, run).await;
            Ok(())
        });
        self.consume(chassis, ReferenceConsumer::<P>::default())
    }

    /// Applies the events that others deliver, and can be filled from the snapshots of their sources.
    pub fn consume<C: Consumer>(&self, chassis: &mut Chassis, consumer: C) -> anyhow::Result<()> {
        let delivery = Delivery::new(self.database.clone(), consumer).announced_by(self.delivered.clone());
        let channels = C::SOURCES.iter().map(|source| (*source, chassis.channel(*source).as_service()));
        let channels: HashMap<Peer, Channel> = channels.collect();
        let work = ResyncWork { delivery: delivery.clone(), channels };
        let (resynced, channels) = (delivery.clone(), work.channels());
        chassis.add_command("resync", |arguments| command::resync(resynced, channels, arguments));
        self.work(chassis, work);
        let rpc = ResyncRpc::<C> {
            database: self.database.clone(),
            operations: self.operations(),
            consumer: PhantomData,
        };
        chassis.add_service(ResyncServiceServer::new(rpc))?;
        chassis.add_service(EventDeliveryServiceServer::new(delivery))
    }

    /// Lists what is published, for consumers to be filled with.
    pub fn list_snapshots(&self, chassis: &mut Chassis, snapshots: impl Snapshots) -> anyhow::Result<()> {
        let rpc = SnapshotRpc::new(self.peer, self.clock.clone(), self.database.clone(), snapshots);
        chassis.add_service(SnapshotServiceServer::new(rpc))
    }
}
