//! Creations and deletions that were left half-way.

use crate::{
    fixture::{Fixture, luis},
    parts::Failure,
};
use patron_chassis::{
    peer::Peer,
    pg::{self, Migrations},
    service::Service as _,
    testing::TestDatabase,
};
use patron_profile::ProfileService;
use patron_proto::{
    address::v1::Address,
    event::v1::ChangeContext,
    group::internal::v1::CreateMembershipsRequest,
    profile::{
        internal::v1::SagaPlan,
        v1::{BatchCreateCustomersRequest, CreateCustomerRequest, Customer, customer_creation},
    },
};
use prost::Message as _;
use sqlx::{AssertSqlSafe, Executor as _, PgPool, migrate::Migrator};
use std::time::Duration;
use uuid::Uuid;

/// How long sagas may take whose participants answer, on a busy machine.
const SECONDS: Duration = Duration::from_secs(15);

/// Waits until a count is as small.
async fn until(pool: &PgPool, count: &'static str, most: i64) {
    #[expect(clippy::disallowed_methods, reason = "looks behind the scenes")]
    let few = async {
        while sqlx::query_scalar::<_, i64>(count).fetch_one(pool).await.unwrap() > most {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(SECONDS, few).await.expect(count);
}

fn new(number: u32, with_address: bool) -> CreateCustomerRequest {
    let address = Address { line1: "Av. Brigadeiro Faria Lima, 2170".into(), ..Address::default() };
    CreateCustomerRequest {
        customer: Some(Customer { email: format!("luis{number}@example.com"), ..luis() }),
        addresses: if with_address { vec![address] } else { Vec::new() },
        groups: vec![format!("groups/{}", Uuid::from_u128(1))],
        ..CreateCustomerRequest::default()
    }
}

#[tokio::test]
async fn six_hundred_creations_left_half_way_are_whole_within_seconds_and_a_service_that_hangs_delays_only_its_own()
 {
    let fixture = Fixture::new().await;
    fixture.parts.fail("create_memberships", Failure::Outage);
    for batch in 0..6 {
        // Every second one needs the address service.
        let requests = (0..100).map(|number| new(batch * 100 + number, number % 2 == 0)).collect();
        let request = BatchCreateCustomersRequest { requests, ..BatchCreateCustomersRequest::default() };
        let answers =
            fixture.client().batch_create_customers(fixture.staff(request)).await.unwrap().into_inner();
        let left = |it: &customer_creation::Result| matches!(it, customer_creation::Result::Error(_));
        assert!(answers.results.iter().all(|creation| creation.result.as_ref().is_some_and(left)));
    }
    let pool = fixture.database.pool();
    // They began just now, however long it took to begin them.
    pool.execute("update profile.queue set created_at = now()").await.unwrap();
    fixture.parts.fail("create_addresses", Failure::Hang);
    fixture.parts.recover_from("create_memberships");
    until(pool, "select count(*) from profile.customer where state = 'pending'", 300).await;
    pool.execute("update profile.queue set created_at = now()").await.unwrap();
    fixture.parts.recover();
    until(pool, "select count(*) from profile.customer where state = 'pending'", 0).await;
    until(pool, "select count(*) from profile.queue where kind = 'creation'", 0).await;
    assert_eq!(count(pool, "select count(*) from profile.customer where state = 'active'").await, 600);
}

#[tokio::test]
async fn a_creation_whose_processes_died_is_undone_and_holds_its_email_no_longer() {
    let fixture = Fixture::new().await;
    let create = async || fixture.client().create_customer(fixture.staff(new(1, true))).await;
    fixture.parts.fail("create_memberships", Failure::Outage);
    create().await.unwrap_err();
    let pool = fixture.database.pool();
    // The eighth process that took its steps is gone.
    pool.execute(
        "update profile.queue set attempts = 7, lease = gen_random_uuid(), leased_until = now() - interval '1 second'
         where kind = 'creation'",
    )
    .await
    .unwrap();
    fixture.parts.recover();
    until(pool, "select count(*) from profile.customer where state = 'pending'", 0).await;
    assert_eq!(count(pool, "select count(*) from profile.queue where kind = 'creation'").await, 0);
    assert_eq!(count(pool, "select count(*) from profile.customer").await, 0, "it did not go on");
    assert_eq!(count(pool, "select count(*) from profile.tombstone").await, 1);
    create().await.unwrap();
}

async fn count(pool: &PgPool, count: &'static str) -> i64 {
    #[expect(clippy::disallowed_methods, reason = "looks behind the scenes")]
    sqlx::query_scalar(count).fetch_one(pool).await.unwrap()
}

#[tokio::test]
async fn an_upgrade_goes_on_with_the_creations_and_deletions_of_the_version_before() {
    let all = ProfileService::migrations();
    let before = all.own.iter().filter(|migration| migration.version < 4).cloned().collect();
    let before = Migrations { own: Migrator::with_migrations(before), grants: &[], ..all };
    let database = TestDatabase::create(Peer::PROFILE, before).await;
    let name = |number: u128| format!("customers/{}", Uuid::from_u128(number));
    let context = ChangeContext { actor: "staff/creator".to_owned(), ..ChangeContext::default() };
    let memberships = CreateMembershipsRequest {
        customer: name(1),
        groups: vec![format!("groups/{}", Uuid::from_u128(1))],
        context: Some(context),
        approval_groups: Vec::new(),
    };
    let plans = [
        (1, "pending", "creation", SagaPlan { memberships: Some(memberships), ..SagaPlan::default() }),
        (2, "deleting", "deletion", SagaPlan::default()),
    ];
    for (number, state, kind, plan) in plans {
        let (id, plan) = (Uuid::from_u128(number), hex::encode(plan.encode_to_vec()));
        let statements = format!(
            "insert into profile.customer (customer_id, state, first_name, last_name, email, email_key, newsletter, assigned_staff,
                 search_text, version, reference_version, created_at, updated_at)
             values ('{id}', '{state}', 'A', 'B', '{number}@example.com', '{number}@example.com', false, '{{}}', '', 1, 1, now(), now());
             insert into profile.saga (customer_id, kind, plan, started_at, leased_until)
             values ('{id}', '{kind}', '\\x{plan}', now(), now())"
        );
        database.pool().execute(AssertSqlSafe(statements)).await.unwrap();
    }
    pg::migrate(database.settings(), Peer::PROFILE, ProfileService::migrations()).await.unwrap();
    let fixture = Fixture::on(database).await;
    let pool = fixture.database.pool();
    until(pool, "select count(*) from profile.queue where kind in ('creation', 'deletion')", 0).await;
    assert_eq!(count(pool, "select count(*) from profile.customer where state = 'active'").await, 1);
    assert_eq!(count(pool, "select count(*) from profile.tombstone").await, 1);
    assert_eq!(fixture.parts.calls().len(), 4, "the groups, and a mark at each service");
}
