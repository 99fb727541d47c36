//! Operations, by one that counts.

use crate::fixture::{database, until_none};
use patron_chassis::{clock::Clock, ids::Ids, peer::Peer, pg::Database, status::Problem};
use patron_ledger::operation::{Counts, Operations, Progress, Stop, Work, end_abandoned, perform};
use patron_proto::{google::rpc, operation::v1::Resync};
use prost::Message as _;
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tonic::Code;

/// Counts up to a number. Its parts are noted, and it hangs at one of them, where a test says so.
#[derive(Clone, Default)]
struct Count {
    parts: Arc<Mutex<Vec<i64>>>,
    hangs_at: Option<i64>,
    hung: Arc<Notify>,
    /// Ends the hanging.
    go_on: Arc<Notify>,
    /// It was told to stop.
    stopped: Arc<Notify>,
}

#[tonic::async_trait]
impl Work for Count {
    const KIND: &'static str = "count";

    type Argument = Resync;
    type Place = Resync;
    type Response = Resync;

    async fn run(&self, to: Resync, mut place: Resync, progress: &Progress<Resync>) -> Result<Resync, Stop> {
        while place.listed_count < to.listed_count {
            if self.hangs_at == Some(place.listed_count) {
                self.hung.notify_one();
                self.go_on.notified().await;
            }
            if to.failed_count > 0 {
                return Err(Problem::PeerNotAllowed.into());
            }
            self.parts.lock().unwrap().push(place.listed_count);
            place.listed_count += 1;
            let counts = Counts { done: place.listed_count, failed: 0, total: to.listed_count };
            progress.note(&place, counts).await.inspect_err(|_| self.stopped.notify_one())?;
        }
        Ok(place)
    }
}

async fn start(database: &Database, to: Resync) {
    let mut transaction = database.begin().await.unwrap();
    let operations = Operations::new(Clock::System, Ids::new(Clock::System));
    operations.start::<Count>(&mut transaction, &to, "staff/1".to_owned()).await.unwrap();
    transaction.commit().await.unwrap();
}

/// Does operations by `count` for as long as `end` takes.
async fn work(database: &Database, count: &Count, end: impl Future<Output = ()>) {
    tokio::select! {
        () = perform(count.clone(), database.clone(), Clock::System, CancellationToken::new()) => {}
        () = end => {}
    }
}

async fn ended(database: &Database) -> (Option<Vec<u8>>, Option<Vec<u8>>, i64) {
    until_none(database, "select count(*) from operation where ended_at is null").await;
    sqlx::query_as("select error, response, done_count from operation").fetch_one(database).await.unwrap()
}

#[tokio::test]
async fn an_operation_whose_process_dies_goes_on_from_the_last_place_it_noted() {
    let (stored, database) = database(Peer::GROUP).await;
    start(&database, Resync { listed_count: 5, ..Resync::default() }).await;
    let mut count = Count { hangs_at: Some(3), ..Count::default() };
    // Nothing runs of it after it hangs, and its lease ends.
    work(&database, &count, count.hung.notified()).await;
    sqlx::query("update queue set leased_until = now() - interval '1 second'")
        .execute(&database)
        .await
        .unwrap();
    count.hangs_at = None;
    work(&database, &count, until_none(&database, "select count(*) from queue")).await;
    assert_eq!(*count.parts.lock().unwrap(), [0, 1, 2, 3, 4], "each part was done once");
    let (error, response, done) = ended(&database).await;
    assert_eq!((error, done), (None, 5));
    let response = prost_types::Any::decode(response.unwrap().as_slice()).unwrap();
    assert_eq!(response.to_msg::<Resync>().unwrap().listed_count, 5);
    stored.drop_database().await;
}

#[tokio::test]
async fn a_worker_that_lost_its_lease_is_stopped_and_changes_nothing_of_what_the_next_one_does() {
    let (stored, database) = database(Peer::GROUP).await;
    start(&database, Resync { listed_count: 6, ..Resync::default() }).await;
    let slow = Count { hangs_at: Some(3), ..Count::default() };
    let next = Count { hangs_at: Some(5), ..Count::default() };
    let stop = CancellationToken::new();
    let goes_on = async {
        slow.hung.notified().await;
        // It does what it has, and takes nothing new.
        stop.cancel();
        sqlx::query("update queue set lease = gen_random_uuid(), leased_until = now() - interval '1 second'")
            .execute(&database)
            .await
            .unwrap();
        let ends = async {
            next.hung.notified().await;
            slow.go_on.notify_one();
            slow.stopped.notified().await;
            let done: i64 =
                sqlx::query_scalar("select done_count from operation").fetch_one(&database).await.unwrap();
            assert_eq!(done, 5, "as far as the next one has come");
            next.go_on.notify_one();
            until_none(&database, "select count(*) from queue").await;
        };
        work(&database, &next, ends).await;
    };
    let first = perform(slow.clone(), database.clone(), Clock::System, stop.clone());
    let both = async { tokio::join!(first, goes_on) };
    tokio::time::timeout(Duration::from_secs(30), both).await.expect("the first is told to stop");
    assert_eq!(*next.parts.lock().unwrap(), [3, 4, 5]);
    let (error, response, done) = ended(&database).await;
    assert_eq!((error, done), (None, 6));
    assert!(response.is_some());
    stored.drop_database().await;
}

#[tokio::test]
async fn an_operation_that_is_cancelled_stops_between_two_parts_and_one_that_is_refused_says_why() {
    let (stored, database) = database(Peer::GROUP).await;
    start(&database, Resync { listed_count: 5, ..Resync::default() }).await;
    let count = Count { hangs_at: Some(2), ..Count::default() };
    work(&database, &count, count.hung.notified()).await;
    sqlx::query("update operation set cancelled = true").execute(&database).await.unwrap();
    sqlx::query("update queue set leased_until = now() - interval '1 second'")
        .execute(&database)
        .await
        .unwrap();
    work(&database, &Count::default(), until_none(&database, "select count(*) from queue")).await;
    let (error, _, done) = ended(&database).await;
    assert_eq!(rpc::Status::decode(error.unwrap().as_slice()).unwrap().code, i32::from(Code::Cancelled));
    assert_eq!(done, 2, "what was done stays done");

    sqlx::query("delete from operation").execute(&database).await.unwrap();
    start(&database, Resync { listed_count: 5, failed_count: 1, ..Resync::default() }).await;
    work(&database, &Count::default(), until_none(&database, "select count(*) from queue")).await;
    let (error, ..) = ended(&database).await;
    assert_eq!(
        rpc::Status::decode(error.unwrap().as_slice()).unwrap().code,
        i32::from(Code::PermissionDenied)
    );
    stored.drop_database().await;
}

#[tokio::test]
async fn an_operation_whose_work_was_given_up_ends_and_one_that_waits_goes_on() {
    let (stored, database) = database(Peer::GROUP).await;
    start(&database, Resync { listed_count: 5, ..Resync::default() }).await;
    assert_eq!(end_abandoned(&database).await.unwrap(), 0);
    sqlx::query("update queue set dead_at = now(), attempts = 8, error = 'abandoned'")
        .execute(&database)
        .await
        .unwrap();
    assert_eq!(end_abandoned(&database).await.unwrap(), 1);
    let (error, ..) = ended(&database).await;
    assert_eq!(rpc::Status::decode(error.unwrap().as_slice()).unwrap().code, i32::from(Code::Aborted));
    stored.drop_database().await;
}
