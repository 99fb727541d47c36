//! Hundreds of creations that were left half-way end whole or absent, and meanwhile delay none that does not need who is away.

use super::{
    figures::Figures,
    load::{Outcome, load, quantile},
    scale::Scale,
};
use crate::{behind::Behind, patience::patiently};
use futures::{StreamExt as _, future::join_all, stream};
use http::Method;
use patron_proto::profile::v1::{
    BatchCreateCustomersRequest, CreateCustomerRequest, customer_creation,
    customer_service_client::CustomerServiceClient,
};
use patron_tests::{Caller, Role, Sample, assert_unbroken_chains, holds, unique};
use serde_json::{Value, json};
use sqlx::{Connection as _, PgConnection};
use std::time::{Duration, Instant};
use tokio::time::sleep;
use uuid::Uuid;

/// Creations left half-way.
const SAGAS: u32 = 600;
/// Creations in one call.
const BATCH: usize = 100;
/// By when they have ended once the participant is back. Source: what the project promises.
const ENDED: Duration = Duration::from_secs(30);
/// Creations a second that need nobody.
const BARE: f64 = 5.0;
/// How long the participant hangs: shorter than a creation is kept trying, so that some end whole.
const HANGS: Duration = Duration::from_secs(8);
/// Times below this are as good as each other to people. Source: Nielsen, Usability Engineering, 1993, chapter 5.
const UNNOTICED: Duration = Duration::from_millis(100);
const HALF_WAY: &str = "select count(*) from profile.customer where state = 'pending' and $1 = ''";

#[tokio::test(flavor = "multi_thread")]
async fn creations_left_half_way_end_whole_or_absent_and_delay_no_others() {
    let scale = Scale::asked_for();
    let world = scale.world().await;
    let (mesh, behind) = (world.mesh(), Behind::of(&world).await);
    let manager = world.signed_in(Role::Manager).await;
    let group = manager.post("/v1/groups", &json!({"displayName": unique()})).await.ok();
    let group = group["name"].as_str().expect("a group has a name");
    let samples: Vec<Sample> =
        (0..scale.count(SAGAS)).map(|_| Sample::new().with_address().in_group(group)).collect();
    let requests: Vec<CreateCustomerRequest> = samples
        .iter()
        .map(|sample| CreateCustomerRequest {
            request_id: Uuid::from_u128(rand::random()).to_string(),
            ..sample.request()
        })
        .collect();
    let bare = async |_| {
        let request = manager.request(Method::POST, "/v1/customers").json(&Sample::new().json());
        ((), Outcome::of(request).await)
    };
    let (before, ()) = load(BARE, bare, sleep(scale.part)).await;

    // A lock keeps the participant from its part, for as long as profile needs to begin all of them.
    let mut holder =
        PgConnection::connect(mesh.database_url().as_str()).await.expect("the database is there");
    let mut lock = holder.begin().await.expect("the database is there");
    #[expect(clippy::disallowed_methods, reason = "holds up a service")]
    let hold = sqlx::query("lock table address.customer_ref in exclusive mode");
    hold.execute(&mut *lock).await.expect("the table is there");
    let creating = join_all(requests.chunks(BATCH).map(|batch| create(&manager, batch)));
    let breaking = async {
        let begun = async || behind.count(HALF_WAY, "").await >= i64::from(scale.count(SAGAS));
        holds("all are half-way", ENDED, begun).await;
        mesh.kill("profile").await.expect("a process can be killed");
        mesh.suspend("address").expect("a process can be suspended");
    };
    let (answers, ()) = tokio::join!(creating, breaking);
    lock.rollback().await.expect("the database is there");
    assert_eq!(
        answers.concat().iter().filter(|created| created.is_ok()).count(),
        0,
        "a creation was acknowledged"
    );
    let half_way = behind.count(HALF_WAY, "").await;
    mesh.start_again("profile").await.expect("the service starts");

    let (during, back) = load(BARE, bare, async {
        sleep(HANGS).await;
        mesh.resume("address").expect("a process can be resumed");
        let back = Instant::now();
        holds("all have ended", 2 * ENDED, async || behind.count(HALF_WAY, "").await == 0).await;
        back.elapsed()
    })
    .await;
    let mut figures = Figures::of(scale, format!("sagas, {half_way} half-way"));
    figures.at_most("ended after", back, ENDED);
    let [usual, slow] = [&before, &during].map(|seen| quantile(seen.iter().map(|seen| seen.took), 950));
    let lost = during.iter().filter(|seen| seen.outcome != Outcome::Done).count();
    figures.at_most(&format!("of {} that need nobody lost", during.len()), lost, 0);
    figures.note(format_args!("their p95 before {usual:.1?}"));
    figures.within("p95", slow, (2 * usual).max(3 * UNNOTICED));

    behind.everything_is_delivered().await;
    let found = stream::iter(&samples).map(|sample| is_whole(&manager, sample)).buffer_unordered(8);
    let whole = found.collect::<Vec<_>>().await.into_iter().filter(|whole| *whole).count();
    figures.note(format_args!("{whole} whole, {} absent", samples.len() - whole));
    behind.assert_all_know_the_same().await;
    for batch in requests.chunks(BATCH / 5) {
        create_all(&manager, batch).await;
    }
    let found = stream::iter(&samples).map(|sample| is_whole(&manager, sample)).buffer_unordered(8);
    let whole = found.collect::<Vec<_>>().await.into_iter().filter(|whole| *whole).count();
    figures.at_most("of the same requests, made again, absent", samples.len() - whole, 0);
    behind.everything_is_delivered().await;
    behind.assert_all_know_the_same().await;
    assert_unbroken_chains(&world).await;
    figures.end();
    world.end().await;
}

/// Creates customers in one call, and says of each whether it was done, or why not.
async fn create(manager: &Caller<'_>, requests: &[CreateCustomerRequest]) -> Vec<Result<(), String>> {
    let mut client = CustomerServiceClient::new(manager.grpc("profile").await);
    let message = BatchCreateCustomersRequest { requests: requests.to_vec(), validate_only: false };
    match client.batch_create_customers(message).await {
        Ok(reply) => {
            let results = reply.into_inner().results.into_iter();
            results
                .map(|it| match it.result {
                    Some(customer_creation::Result::Customer(_)) => Ok(()),
                    other => Err(format!("{other:?}")),
                })
                .collect()
        }
        Err(status) => vec![Err(status.to_string()); requests.len()],
    }
}

/// Creates those that are not there, and finds the others again.
async fn create_all(manager: &Caller<'_>, requests: &[CreateCustomerRequest]) {
    let began = Instant::now();
    while let Some(wrong) = create(manager, requests).await.into_iter().find_map(Result::err) {
        assert!(began.elapsed() < ENDED, "the same request, made again: {wrong}");
        sleep(Duration::from_millis(200)).await;
    }
}

/// Whether a customer is there, and then with every part, and once.
async fn is_whole(manager: &Caller<'_>, sample: &Sample) -> bool {
    let find = async || manager.find("/v1/customers", &[("query", &sample.last_name)]).await;
    let found = patiently("a search", find).await;
    let found = found["customers"].as_array().cloned().unwrap_or_default();
    let [customer] = &found[..] else {
        assert!(found.is_empty(), "{} is there {} times", sample.last_name, found.len());
        return false;
    };
    let name = customer["name"].as_str().expect("a customer has a name");
    for part in ["addresses", "memberships"] {
        let path = format!("/v1/{name}/{part}");
        let list: Value = patiently(&path, async || manager.get(&path).await).await;
        assert_eq!(list[part].as_array().map_or(0, Vec::len), 1, "{part} of {name}");
    }
    true
}
