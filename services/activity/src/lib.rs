//! The activity service: what happened to and around customers.
//!
//! It promises that every event of another service is kept once and as it came, also after the customer is deleted; that lists
//! and streams show a caller what is theirs to see and nothing else; and that a stream passes over no event. It asks profile
//! about customers it does not know yet.

pub mod activity_event;
pub mod broadcaster;
pub mod error;
pub mod permits;
pub mod service;
pub mod store;
pub mod subscription;
pub mod viewer;

use crate::{
    broadcaster::Broadcaster,
    permits::StreamPermits,
    service::{ActivityRpc, Recorder},
};
use patron_chassis::{
    peer::Peer,
    pg::Migrations,
    service::{Chassis, Service},
};
use patron_ledger::Ledger;
use patron_proto::activity::v1::activity_service_server::ActivityServiceServer;

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
        ledger.consume(chassis, Recorder)?;
        chassis.spawn("streams", |stop| async move {
            broadcaster.run(stop).await;
            Ok(())
        });
        Ok(())
    }
}
