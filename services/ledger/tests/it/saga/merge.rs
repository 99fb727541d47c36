//! A saga that does what a merge does: two customers, steps in three services, calls that compensate.

use crate::fixture::database;
use patron_chassis::{
    clock::Clock,
    ids::Ids,
    peer::Peer,
    pg::{Database, Transaction},
    status::Problem,
    testing::TestDatabase,
};
use patron_ledger::saga::{Failure, Saga, Sagas};
use patron_values::id::CustomerId;
use std::{
    collections::HashMap,
    future,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio_util::sync::CancellationToken;
use tonic::Status;
use uuid::Uuid;

/// Services that a merge calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Step {
    Address,
    Group,
    Activity,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Behaviour {
    Refuse,
    Hang,
    Away,
    /// What is undone there is not undone for the moment.
    HangBack,
}

/// Moves everything of one customer to another. The letters of its name say which services have something to move.
pub(super) struct Merge {
    pub(super) name: String,
    pub(super) customers: [CustomerId; 2],
}

/// Three services that note what they are asked.
#[derive(Clone, Default)]
pub(super) struct Participants {
    pub(super) calls: Arc<Mutex<Vec<String>>>,
    behaviours: Arc<Mutex<HashMap<Step, Behaviour>>>,
}

impl Participants {
    pub(super) fn behave(&self, step: Step, behaviour: Option<Behaviour>) {
        let mut behaviours = self.behaviours.lock().unwrap();
        behaviours.remove(&step);
        behaviours.extend(behaviour.map(|behaviour| (step, behaviour)));
    }

    pub(super) fn calls(&self) -> Vec<String> {
        self.calls.lock().unwrap().clone()
    }

    fn note(&self, call: String) {
        self.calls.lock().unwrap().push(call);
    }

    pub(super) async fn until_called(&self, call: &str) {
        let called = async {
            while !self.calls().iter().any(|made| made == call) {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(30), called).await.expect(call);
    }
}

#[tonic::async_trait]
impl Saga for Participants {
    const KIND: &'static str = "merge";
    const PATIENCE: Option<Duration> = Some(Duration::from_mins(10));
    const STEPS: &'static [Step] = &[Step::Address, Step::Group, Step::Activity];

    type Step = Step;
    type Plan = Merge;
    type Outcome = String;

    fn customers(merge: &Merge) -> Vec<CustomerId> {
        merge.customers.to_vec()
    }

    fn encode(merge: &Merge) -> Vec<u8> {
        merge.name.clone().into_bytes()
    }

    fn decode(payload: &[u8], customers: &[CustomerId]) -> Option<Merge> {
        let name = String::from_utf8(payload.to_vec()).ok()?;
        Some(Merge { name, customers: customers.try_into().ok()? })
    }

    fn needs(merge: &Merge, step: Step) -> bool {
        merge.name.contains(match step {
            Step::Address => 'a',
            Step::Group => 'g',
            Step::Activity => 'y',
        })
    }

    async fn forward(&self, step: Step, merges: &[&Merge]) -> Result<(), Status> {
        for merge in merges {
            self.note(format!("{step:?} {}", merge.name));
        }
        let behaviour = self.behaviours.lock().unwrap().get(&step).copied();
        match behaviour {
            None | Some(Behaviour::HangBack) => Ok(()),
            Some(Behaviour::Hang) => future::pending().await,
            Some(Behaviour::Away) => Err(Problem::Unavailable.into()),
            Some(Behaviour::Refuse) => Err(Problem::PeerNotAllowed.into()),
        }
    }

    async fn compensate(&self, step: Step, merge: &Merge) -> Result<(), Status> {
        self.note(format!("{step:?} {} back", merge.name));
        let behaviour = self.behaviours.lock().unwrap().get(&step).copied();
        if behaviour == Some(Behaviour::HangBack) { future::pending().await } else { Ok(()) }
    }

    async fn complete(&self, _: &mut Transaction, merges: &[&Merge]) -> Result<Vec<String>, Status> {
        Ok(merges.iter().map(|merge| merge.name.clone()).collect())
    }

    async fn abandon(&self, _: &mut Transaction, merge: &Merge) -> Result<(), Status> {
        self.note(format!("{} abandoned", merge.name));
        Ok(())
    }
}

pub(super) struct World {
    pub(super) stored: TestDatabase,
    pub(super) database: Database,
    pub(super) participants: Participants,
    pub(super) sagas: Sagas<Participants>,
    pub(super) stop: CancellationToken,
}

impl World {
    pub(super) async fn new() -> Self {
        let (stored, database) = database(Peer::GROUP).await;
        let participants = Participants::default();
        let (clock, ids) = (Clock::System, Ids::new(Clock::System));
        let sagas = Sagas::new(participants.clone(), database.clone(), clock, ids);
        Self { stored, database, participants, sagas, stop: CancellationToken::new() }
    }

    /// What a request does that starts merges, until they end as far as they do.
    pub(super) async fn merge(&self, names: &[&str]) -> Vec<Result<String, Failure>> {
        let merges = names
            .iter()
            .map(|name| Merge { name: (*name).to_owned(), customers: [customer(1), customer(2)] });
        let mut transaction = self.database.begin().await.unwrap();
        let started = self.sagas.start(&mut transaction, merges.collect()).await.unwrap();
        transaction.commit().await.unwrap();
        self.sagas.advance(started).await
    }

    /// A process that starts merges, and dies at once where `call` was made.
    pub(super) async fn die_at(&self, call: &str, names: &[&str]) {
        tokio::select! {
            _ = self.merge(names) => panic!("it ended before it died"),
            () = self.participants.until_called(call) => {}
        }
        self.execute("update queue set leased_until = now() - interval '1 second'").await;
        self.participants.calls.lock().unwrap().clear();
    }

    /// Another replica.
    pub(super) fn resume(&self) {
        tokio::spawn(self.sagas.clone().resume(self.stop.clone()));
    }

    pub(super) async fn execute(&self, statement: &'static str) {
        sqlx::query(statement).execute(&self.database).await.unwrap();
    }

    pub(super) async fn end(self) {
        self.stop.cancel();
        self.stored.drop_database().await;
    }
}

pub(super) fn customer(number: u128) -> CustomerId {
    CustomerId(Uuid::from_u128(number))
}
