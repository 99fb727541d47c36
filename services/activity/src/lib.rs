//! The activity service: what happened to and around customers.
//!
//! It promises that every change that another service tells is kept once and as it was told, also after the customer is
//! deleted, and that lists and streams show a caller what is theirs to see and nothing else. It asks profile about customers
//! it has not been told of.

pub mod activity_event;
pub mod error;
pub mod live;
pub mod service;
pub mod store;
pub mod stream;
pub mod viewer;

use crate::{
    live::Live,
    service::{ActivityEvents, Recorder},
};
use patron_chassis::{
    peer::Peer,
    pg::Migrations,
    service::{Chassis, Service},
};
use patron_ledger::Ledger;
use patron_proto::activity::v1::activity_service_server::ActivityServiceServer;
use patron_values::seal::Seal;

/// The activity service.
#[derive(Debug)]
pub struct ActivityService;

impl Service for ActivityService {
    const PEER: Peer = Peer::ACTIVITY;
    type Config = ();

    fn migrations() -> Migrations {
        patron_ledger::migrations(sqlx::migrate!(), true)
    }

    async fn assemble(chassis: &mut Chassis, (): ()) -> anyhow::Result<()> {
        let ledger = Ledger::start(chassis);
        let live = Live::new(chassis.database());
        let events = ActivityEvents {
            database: chassis.database(),
            references: ledger.references(),
            inbox: ledger.inbox::<Recorder>(),
            seal: Seal::new(chassis.seal_key().expose()),
            live: live.clone(),
            validity: chassis.validity(),
            stopping: chassis.stopping(),
        };
        chassis.add_service(ActivityServiceServer::new(events))?;
        ledger.consume(chassis, Recorder)?;
        chassis.spawn("streams", |stop| async move {
            live.run(stop).await;
            Ok(())
        });
        Ok(())
    }
}
