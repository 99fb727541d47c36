//! A service that is asked to stop finishes what it has begun.

use futures::future::join_all;
use patron_local::probe;
use patron_proto::profile::v1::{
    Customer, UpdateCustomerRequest, customer_service_client::CustomerServiceClient,
};
use patron_tests::{Caller, Grpc, Role, Sample, World, holds};
use sqlx::{Connection as _, PgConnection};
use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

/// Longest wait for what must come while a call is held: shorter than its deadline.
const SOON: Duration = Duration::from_secs(4);
/// Longest wait for callers who write.
const BUSY: Duration = Duration::from_secs(30);
/// Callers who write all the time.
const WRITERS: usize = 8;

#[tokio::test]
async fn a_service_that_is_stopped_answers_the_calls_it_has_and_loses_none() {
    let world = World::start(|options| {
        // The held call waits for its lock until it is released, however busy the machine is.
        for limit in ["DATABASE_LOCK_MS", "DATABASE_STATEMENT_MS"] {
            options.settings.push((Some("profile".to_owned()), limit.to_owned(), "10000".to_owned()));
        }
    })
    .await;
    let manager = world.signed_in(Role::Manager).await;
    let held = manager.create(&Sample::new().json()).await;
    let mut holder = PgConnection::connect(world.mesh().database_url().as_str()).await.unwrap();
    let mut lock = holder.begin().await.unwrap();
    #[expect(clippy::disallowed_methods, reason = "acts behind the scenes")]
    sqlx::query("select from profile.customer for update").execute(&mut *lock).await.unwrap();

    let client = CustomerServiceClient::new(manager.grpc("profile").await);
    let acknowledged = AtomicUsize::new(0);
    let editing = async {
        holds("customers are created", BUSY, async || acknowledged.load(Ordering::Relaxed) > WRITERS).await;
        update(client, held["name"].as_str().unwrap()).await
    };
    let stopping = async {
        holds("the call waits in the service", BUSY, async || waits(&world).await).await;
        let release = async {
            let place = world.mesh().probe_url("profile");
            let place = place.trim_start_matches("http://");
            holds("it serves no more", SOON, async || !probe::serves(place).await).await;
            lock.commit().await.unwrap();
        };
        tokio::join!(world.mesh().stop("profile"), release).0.unwrap();
    };
    let writing = join_all((0..WRITERS).map(|_| write_until_refused(&manager, &acknowledged)));
    let (updated, written, ()) = tokio::join!(editing, writing, stopping);

    assert_eq!(updated.unwrap(), "Analyst");
    assert_eq!(world.mesh().exit_code("profile"), Some(0));
    world.mesh().start_again("profile").await.unwrap();
    // The gateway has left it out, and tries it again in a moment.
    let again = format!("/v1/{}", held["name"].as_str().unwrap());
    holds("the service is reached again", BUSY, async || manager.get(&again).await.status.is_success()).await;
    for name in written.concat() {
        manager.get(&format!("/v1/{name}")).await.ok();
    }
    world.end().await;
}

/// Creates customers until the service is gone, and gives those that were acknowledged.
async fn write_until_refused(caller: &Caller<'_>, acknowledged: &AtomicUsize) -> Vec<String> {
    let mut written = Vec::new();
    loop {
        let answer = caller.post("/v1/customers", &Sample::new().with_address().json()).await;
        if !answer.status.is_success() {
            answer.refused(503, "UNAVAILABLE");
            return written;
        }
        acknowledged.fetch_add(1, Ordering::Relaxed);
        written.push(answer.body["name"].as_str().unwrap().to_owned());
    }
}

async fn update(mut client: CustomerServiceClient<Grpc>, name: &str) -> Result<String, tonic::Status> {
    let customer = Customer { name: name.to_owned(), job_title: "Analyst".to_owned(), ..Customer::default() };
    let mask = prost_types::FieldMask { paths: vec!["job_title".to_owned()] };
    let request =
        UpdateCustomerRequest { customer: Some(customer), update_mask: Some(mask), ..Default::default() };
    Ok(client.update_customer(request).await?.into_inner().job_title)
}

/// Whether a statement waits for the lock.
async fn waits(world: &World) -> bool {
    let mut connection = PgConnection::connect(world.mesh().database_url().as_str()).await.unwrap();
    let statement = "select exists (select from pg_locks join pg_stat_activity using (pid)
        where not granted and datname = current_database())";
    #[expect(clippy::disallowed_methods, reason = "looks behind the scenes")]
    sqlx::query_scalar(statement).fetch_one(&mut connection).await.unwrap()
}
