//! What a service can rely on where Postgres is slow, silent, or says no.

use std::time::{Duration, Instant};

use patron_chassis::{
    config,
    peer::Peer,
    pg::{Database, Failure, Migrations},
    status::Problem,
    testing::TestDatabase,
};
use tonic::Code;

use crate::proxy::Proxy;

/// Connections of the pools of tests.
const POOL: usize = 4;

async fn stored() -> TestDatabase {
    TestDatabase::create(
        Peer::GROUP,
        Migrations { shared: &[], own: sqlx::migrate::Migrator::DEFAULT, grants: &[] },
    )
    .await
}

#[expect(clippy::disallowed_methods, reason = "the macros would want a description of these statements")]
async fn run(database: &Database, statement: &'static str) -> Result<(), sqlx::Error> {
    sqlx::query(statement).execute(database).await.map(drop)
}

#[tokio::test]
async fn a_postgres_that_falls_silent_is_given_up_and_reached_anew() {
    let stored = stored().await;
    let mut settings = stored.settings().clone();
    settings.statement_ms = config::Millis::from(Duration::from_millis(100));
    let proxy = Proxy::before(&mut settings).await;
    let database = Database::open(&settings, Peer::GROUP).unwrap();
    let ask = |statement| run(&database, statement);

    // Every connection of the pool in another state: in a transaction, in a statement whose caller goes away, in one that is waited
    // for, and idle.
    let mut open = database.begin().await.unwrap();
    let sleep = "select pg_sleep(0.05)";
    assert!(futures::future::join_all([ask(sleep), ask(sleep), ask(sleep)]).await.iter().all(Result::is_ok));
    while database.pool().num_idle() < POOL - 1 {
        tokio::task::yield_now().await;
    }
    proxy.fall_silent();
    let asked = Instant::now();
    let gone = tokio::time::timeout(Duration::from_millis(1), ask("select 1")).await;
    assert!(gone.is_err(), "its caller does not wait");
    let (one, other) = futures::join!(ask("select 1"), async { run_in(&mut open).await });
    for silent in [one, other] {
        let error = silent.unwrap_err();
        assert_eq!(Failure::of(&error), Failure::Outage, "{error}");
    }
    assert!(asked.elapsed() < Duration::from_secs(3), "{:?}", asked.elapsed());
    drop(open);

    // New connections go through. As many as the pool has, so none of the silent ones still has a place there.
    let mut transactions = Vec::new();
    while transactions.len() < POOL - 1 {
        match database.begin().await {
            Ok(transaction) => transactions.push(transaction),
            Err(error) => assert_eq!(Failure::of(&error), Failure::Outage, "{error}"),
        }
        assert!(asked.elapsed() < Duration::from_secs(10), "{:?}", asked.elapsed());
    }
    ask("select 1").await.unwrap();
    drop(transactions);
    stored.drop_database().await;
}

#[tokio::test]
async fn a_start_waits_longer_for_its_first_connection_than_a_call() {
    let stored = stored().await;
    let mut settings = stored.settings().clone();
    settings.acquire_ms = config::Millis::from(Duration::from_millis(100));
    let proxy = Proxy::before(&mut settings).await;
    proxy.delay(Duration::from_millis(500));
    let database = Database::open(&settings, Peer::GROUP).unwrap();
    let error = run(&database, "select 1").await.unwrap_err();
    assert!(matches!(error, sqlx::Error::PoolTimedOut), "{error}");
    database.reached().await;
    run(&database, "select 1").await.unwrap();
    stored.drop_database().await;
}

#[expect(clippy::disallowed_methods, reason = "the macros would want a description of this statement")]
async fn run_in(transaction: &mut patron_chassis::pg::Transaction) -> Result<(), sqlx::Error> {
    sqlx::query("select 1").execute(transaction).await.map(drop)
}

#[tokio::test]
async fn an_idle_connection_that_fell_silent_costs_a_call_no_failure() {
    let stored = stored().await;
    let mut settings = stored.settings().clone();
    let proxy = Proxy::before(&mut settings).await;
    let database = Database::open(&settings, Peer::GROUP).unwrap();
    run(&database, "select 1").await.unwrap();
    // Connections are tested after a second of idleness.
    while database.pool().num_idle() == 0 {
        tokio::task::yield_now().await;
    }
    proxy.fall_silent();
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    run(&database, "select 1").await.unwrap();
    stored.drop_database().await;
}

#[tokio::test]
async fn slow_writes_leave_a_connection_to_reads_and_are_refused_soon() {
    let stored = stored().await;
    let mut settings = stored.settings().clone();
    settings.acquire_ms = config::Millis::from(Duration::from_millis(200));
    let database = Database::open(&settings, Peer::GROUP).unwrap();
    let mut slow = Vec::new();
    for _ in 0..POOL - 1 {
        slow.push(database.begin().await.unwrap());
    }
    let asked = Instant::now();
    let (refused, read) = futures::join!(database.begin(), run(&database, "select 1"));
    assert!(read.is_ok(), "{read:?}");
    assert_eq!(Failure::of(&refused.unwrap_err()), Failure::Outage);
    assert!(asked.elapsed() < Duration::from_secs(1), "{:?}", asked.elapsed());
    slow.pop();
    assert!(database.begin().await.is_ok(), "there is room again");
    drop(slow);
    stored.drop_database().await;
}

#[tokio::test]
async fn background_work_and_requests_do_not_wait_for_each_other() {
    let stored = stored().await;
    let database = Database::open(stored.settings(), Peer::GROUP).unwrap();
    let background = database.background(stored.settings(), Peer::GROUP).unwrap();
    let mut requests = Vec::new();
    for _ in 0..POOL - 1 {
        requests.push(database.begin().await.unwrap());
    }
    let mut written = database.written();
    let mut relay = background.begin().await.unwrap();
    relay.wake("activity");
    relay.commit().await.unwrap();
    written.wait_for(|written| written.contains_key("activity")).await.unwrap();

    let mut relays = Vec::new();
    for _ in 0..stored.settings().background_pool_size {
        relays.push(background.begin().await.unwrap());
    }
    assert!(run(&database, "select 1").await.is_ok());
    drop((requests, relays));
    stored.drop_database().await;
}

#[tokio::test]
async fn a_transaction_that_is_dropped_is_undone_before_its_connection_is_used_again() {
    let stored = stored().await;
    let mut settings = stored.settings().clone();
    settings.pool_size = 1;
    let database = Database::open(&settings, Peer::GROUP).unwrap();
    let mut dropped = database.begin().await.unwrap();
    #[expect(clippy::disallowed_methods, reason = "the macros would want a description of this statement")]
    let noted = sqlx::query("select set_config('patron.noted', 'yes', false)").execute(&mut dropped).await;
    noted.unwrap();
    drop(dropped);
    #[expect(clippy::disallowed_methods, reason = "the macros would want a description of this statement")]
    let noted = sqlx::query_scalar::<_, Option<String>>("select current_setting('patron.noted', true)");
    let noted = noted.fetch_one(&database).await.unwrap();
    assert_eq!(noted.unwrap_or_default(), "", "the setting went with the transaction");
    stored.drop_database().await;
}

#[tokio::test]
async fn what_passes_is_unavailable_a_statement_that_takes_too_long_is_late_and_only_a_fault_is_internal() {
    let stored = stored().await;
    let mut settings = stored.settings().clone();
    settings.statement_ms = config::Millis::from(Duration::from_millis(50));
    let database = Database::open(&settings, Peer::GROUP).unwrap();
    for (code, failure) in [
        ("25006", Failure::Outage),
        ("57P03", Failure::Outage),
        ("57P01", Failure::Outage),
        ("53100", Failure::Outage),
        ("53200", Failure::Outage),
        ("53300", Failure::Outage),
        ("58030", Failure::Outage),
        ("08006", Failure::Outage),
        ("57014", Failure::Late),
        ("55P03", Failure::Contention),
        ("40P01", Failure::Contention),
        ("40001", Failure::Contention),
        ("23505", Failure::Fault),
        ("42P01", Failure::Fault),
        ("22001", Failure::Fault),
    ] {
        let statement = format!("do $$ begin raise exception using errcode = '{code}'; end $$");
        #[expect(clippy::disallowed_methods, reason = "made of the codes above")]
        let raised = sqlx::raw_sql(sqlx::AssertSqlSafe(statement)).execute(&database).await;
        assert_meaning(raised.unwrap_err(), failure, code);
    }
    // As Postgres itself says it.
    let slow = run(&database, "select pg_sleep(1)").await.unwrap_err();
    assert_meaning(slow, Failure::Late, "statement_timeout");
    let mut read_only = database.begin().await.unwrap();
    run_write_in_read_only(&mut read_only).await;
    let ended = run(&database, "select pg_terminate_backend(pg_backend_pid())").await.unwrap_err();
    assert_meaning(ended, Failure::Outage, "an administrator's shutdown");
    settings.url = stored.settings().url.clone();
    drop(read_only);
    stored.drop_database().await;

    let gone = Database::open(&settings, Peer::GROUP).unwrap();
    let gone = run(&gone, "select 1").await.unwrap_err();
    assert_meaning(gone, Failure::Outage, "no such database");
}

async fn run_write_in_read_only(transaction: &mut patron_chassis::pg::Transaction) {
    #[expect(clippy::disallowed_methods, reason = "the macros would want a description of these statements")]
    let refused = {
        sqlx::query("set transaction read only").execute(&mut *transaction).await.unwrap();
        sqlx::query("create table groups.nothing ()").execute(transaction).await.unwrap_err()
    };
    assert_meaning(refused, Failure::Outage, "a read-only transaction");
}

fn assert_meaning(error: sqlx::Error, failure: Failure, what: &str) {
    assert_eq!(Failure::of(&error), failure, "{what}: {error:?}");
    let code = match failure {
        Failure::Outage | Failure::Contention => Code::Unavailable,
        Failure::Late => Code::DeadlineExceeded,
        Failure::Fault => Code::Internal,
    };
    assert_eq!(Problem::from(error).code(), code, "{what}");
}
