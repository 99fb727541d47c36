//! The activity service: what happened to and around customers.
//!
//! It promises that every event of another service is kept once and as it came, also after the customer is deleted, unless the
//! history was to go too, of which then nothing is left but a receipt; that lists and streams show a caller what is theirs to see
//! and nothing else; and that a stream passes over no event. It asks profile about customers it does not know yet.

pub mod activity_event;
pub mod broadcaster;
pub mod deleted_customer;
pub mod error;
pub mod history_deletion;
pub mod permits;
pub mod service;
pub mod store;
pub mod subscription;
pub mod viewer;

use crate::{
    broadcaster::Broadcaster,
    permits::StreamPermits,
    service::{ActivityRpc, DeletedCustomerRpc, PresenceRpc, Recorder},
};
use patron_chassis::{
    peer::Peer,
    pg::Migrations,
    service::{Chassis, Service},
};
use patron_ledger::{Ledger, sweep};
use patron_proto::activity::v1::{
    activity_service_server::ActivityServiceServer,
    deleted_customer_service_server::DeletedCustomerServiceServer,
    presence_service_server::PresenceServiceServer,
};

/// The activity service.
#[derive(Debug)]
pub struct ActivityService;

impl Service for ActivityService {
    const PEER: Peer = Peer::ACTIVITY;
    type Config = ();

    fn migrations() -> Migrations {
        patron_ledger::migrations(sqlx::migrate!(), store::GRANTS, true)
    }

    async fn assemble(chassis: &mut Chassis, (): ()) -> anyhow::Result<()> {
        let ledger = Ledger::start(chassis)?;
        let broadcaster = Broadcaster::new(chassis.database());
        let rpc = ActivityRpc {
            database: chassis.database(),
            references: ledger.references(),
            inbox: ledger.inbox::<Recorder>(),
            seal: chassis.seal(),
            broadcaster: broadcaster.clone(),
            permits: StreamPermits::new(chassis.clock()),
            validity: chassis.validity(),
            stopping: chassis.stopping(),
        };
        chassis.add_service(ActivityServiceServer::new(rpc))?;
        let rpc = DeletedCustomerRpc {
            database: chassis.database(),
            inbox: ledger.inbox::<Recorder>(),
            seal: chassis.seal(),
        };
        chassis.add_service(DeletedCustomerServiceServer::new(rpc))?;
        add_presence(chassis, &ledger)?;
        let (queue, deleting) = (ledger.queue(), ledger.clone());
        chassis.spawn("history deletion", |stop| async move {
            let run = move |job| {
                let ledger = deleting.clone();
                async move { history_deletion::run(&ledger, job).await }
            };
            queue.work(history_deletion::KIND, history_deletion::AT_ONCE, stop, run).await;
            Ok(())
        });
        ledger.consume(chassis, Recorder)?;
        chassis.spawn("streams", |stop| async move {
            broadcaster.run(stop).await;
            Ok(())
        });
        Ok(())
    }
}

/// Who looks at which customer just now.
fn add_presence(chassis: &mut Chassis, ledger: &Ledger) -> anyhow::Result<()> {
    let (database, references, clock) = (chassis.database(), ledger.references(), chassis.clock());
    chassis.add_service(PresenceServiceServer::new(PresenceRpc { database, references, clock }))?;
    let (swept, clock) = (chassis.background(), chassis.clock());
    chassis.spawn("presence", |stop| async move {
        let before = || clock.now() - store::presence::GONE_AFTER;
        sweep::run("presence", stop, || store::presence::delete_old(&swept, before())).await;
        Ok(())
    });
    Ok(())
}
