use crate::{
    fixture::{Fixture, luis},
    parts::Failure,
};
use patron_proto::{
    address::v1::{Address, AddressUse},
    identity::v1::NewAccount,
    profile::v1::{
        CreateCustomerRequest, Customer, GetCustomerRequest, ListCustomersRequest, customer::Status,
    },
};
use sqlx::{AssertSqlSafe, Row as _};
use std::time::Duration;
use tonic::{Code, Response};
use uuid::Uuid;

const PASSWORD: &str = "correct horse battery staple";
const ANSWER: &str = "rua das flores";

fn whole() -> CreateCustomerRequest {
    CreateCustomerRequest {
        customer: Some(luis()),
        addresses: vec![Address { line1: "Av. Brigadeiro Faria Lima, 2170".into(), ..Default::default() }],
        account: Some(NewAccount {
            username: "lgoncalves5555".into(),
            password: PASSWORD.into(),
            security_question: format!("securityQuestions/{}", Uuid::from_u128(7)),
            security_answer: ANSWER.into(),
            ..Default::default()
        }),
        groups: vec![format!("groups/{}", Uuid::from_u128(1))],
        request_id: Uuid::from_u128(9).to_string(),
        ..Default::default()
    }
}

async fn listed(fixture: &Fixture) -> usize {
    let listed =
        fixture.client().list_customers(fixture.staff(ListCustomersRequest::default())).await.unwrap();
    listed.into_inner().customers.len()
}

#[tokio::test]
async fn every_part_is_checked_first_and_then_created_in_order() {
    let fixture = Fixture::new().await;
    let created = fixture.client().create_customer(fixture.staff(whole())).await.unwrap().into_inner();
    let mut calls = fixture.parts.calls();
    calls[..3].sort_unstable();
    assert_eq!(
        calls,
        [
            "validate_account",
            "validate_addresses",
            "validate_memberships",
            "create_account",
            "create_addresses",
            "create_memberships"
        ]
    );
    assert_eq!(fixture.parts.latest_customer(), created.name);
    assert_eq!(listed(&fixture).await, 1);
}

#[tokio::test]
async fn a_part_that_is_refused_leaves_nothing_and_the_request_can_be_repeated() {
    let fixture = Fixture::new().await;
    for call in ["validate_addresses", "create_account", "create_memberships"] {
        fixture.parts.fail(call, Failure::Refusal);
        let status = fixture.client().create_customer(fixture.staff(whole())).await.unwrap_err();
        assert_eq!(status.code(), Code::FailedPrecondition, "{call}");
        assert_eq!(listed(&fixture).await, 0, "{call}");
        fixture.parts.recover();
    }
    let created =
        fixture.client().create_customer(fixture.staff(whole())).await.map(Response::into_inner).unwrap();
    let again =
        fixture.client().create_customer(fixture.staff(whole())).await.map(Response::into_inner).unwrap();
    assert_eq!(again.name, created.name);
}

#[tokio::test]
async fn a_creation_that_is_refused_half_way_leaves_its_username_free_before_any_event_tells_of_it() {
    let fixture = Fixture::new().await;
    hold_events(&fixture).await;
    for call in ["create_addresses", "create_memberships"] {
        fixture.parts.fail(call, Failure::Refusal);
        let status = fixture.client().create_customer(fixture.staff(whole())).await.unwrap_err();
        assert_eq!(status.code(), Code::FailedPrecondition, "{call}");
        fixture.parts.recover();
    }
    let corrected = CreateCustomerRequest { request_id: Uuid::from_u128(10).to_string(), ..whole() };
    let created = fixture.client().create_customer(fixture.staff(corrected)).await.unwrap().into_inner();
    assert_eq!(created.username, "lgoncalves5555");
}

/// Has no event delivered for an hour.
async fn hold_events(fixture: &Fixture) {
    let statements = "
        create function profile.late() returns trigger language plpgsql as
            $$ begin new.due_at := now() + interval '1 hour'; return new; end $$;
        create trigger queue_late before insert on profile.queue for each row when (new.version is not null)
            execute function profile.late();";
    let pool = sqlx::PgPool::connect(fixture.database.owner_url()).await.unwrap();
    #[expect(clippy::disallowed_methods, reason = "acts behind the scenes")]
    sqlx::raw_sql(statements).execute(&pool).await.unwrap();
    pool.close().await;
}

#[tokio::test]
async fn a_repeat_gives_the_customer_though_what_it_asks_for_is_taken_by_then() {
    let fixture = Fixture::new().await;
    let created = fixture.client().create_customer(fixture.staff(whole())).await.unwrap().into_inner();
    fixture.parts.fail("validate_account", Failure::Refusal);
    let again = fixture.client().create_customer(fixture.staff(whole())).await.unwrap().into_inner();
    assert_eq!(again.name, created.name);
    let other = CreateCustomerRequest { request_id: Uuid::from_u128(10).to_string(), ..whole() };
    let status = fixture.client().create_customer(fixture.staff(other)).await.unwrap_err();
    assert_eq!(status.code(), Code::FailedPrecondition);
}

#[tokio::test]
async fn an_outage_hides_the_customer_until_a_later_round_completes_it() {
    let fixture = Fixture::new().await;
    fixture.parts.fail("create_memberships", Failure::Outage);
    let status = fixture.client().create_customer(fixture.staff(whole())).await.unwrap_err();
    assert_eq!(status.code(), Code::Unavailable);
    let name = fixture.parts.latest_customer();
    let get = || fixture.staff(GetCustomerRequest { name: name.clone() });
    assert_eq!(fixture.client().get_customer(get()).await.unwrap_err().code(), Code::NotFound);
    assert_eq!(listed(&fixture).await, 0);

    fixture.parts.recover();
    let completed = async {
        while fixture.client().get_customer(get()).await.is_err() {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), completed).await.expect("it is whole within 30 s");
}

#[tokio::test]
async fn password_and_security_answer_are_stored_nowhere_here() {
    let fixture = Fixture::new().await;
    fixture.parts.fail("create_addresses", Failure::Outage);
    fixture.client().create_customer(fixture.staff(whole())).await.unwrap_err();
    let pool = sqlx::PgPool::connect(fixture.database.owner_url()).await.unwrap();
    for table in ["profile.customer", "profile.queue", "profile.idempotency"] {
        let statement =
            AssertSqlSafe(format!("select encode(convert_to(row::text, 'UTF8'), 'escape') from {table} row"));
        #[expect(clippy::disallowed_methods, reason = "looks behind the scenes")]
        let rows = sqlx::query(statement).fetch_all(&pool).await.unwrap();
        for row in rows {
            let text: String = row.get(0);
            for secret in [PASSWORD, ANSWER] {
                let hex = secret.bytes().fold(String::new(), |text, byte| text + &format!("{byte:02x}"));
                assert!(!text.contains(secret) && !text.contains(&hex), "{table}");
            }
        }
    }
}

#[tokio::test]
async fn two_answers_to_one_repeated_creation_are_equal_and_lists_say_the_same_at_once() {
    let fixture = Fixture::new().await;
    let home = |city: &str| Address {
        line1: "Av. Brigadeiro Faria Lima, 2170".into(),
        city: format!(" {city} "),
        postal_code: "12227-000".into(),
        country_code: "br".into(),
        ..Default::default()
    };
    let work = Address { uses: vec![AddressUse::Shipping.into()], ..home("São José dos Campos") };
    let groups = [2, 1].map(|number| format!("groups/{}", Uuid::from_u128(number)));
    let request =
        CreateCustomerRequest { addresses: vec![home("Lisboa"), work], groups: groups.into(), ..whole() };
    let create =
        async || fixture.client().create_customer(fixture.staff(request.clone())).await.unwrap().into_inner();
    let (first, second) = (create().await, create().await);
    assert_eq!(first, second);
    assert_eq!((first.username.as_str(), first.groups.len()), ("lgoncalves5555", 2));
    assert_eq!(first.primary_group, format!("groups/{}", Uuid::from_u128(2)), "the first that was named");
    assert_eq!(
        (first.city.as_str(), first.postal_code.as_str(), first.country_code.as_str()),
        ("São José dos Campos", "12227-000", "BR")
    );
    let request = ListCustomersRequest { query: "lisboa lgoncalves".into(), ..Default::default() };
    let listed = fixture.client().list_customers(fixture.staff(request)).await.unwrap().into_inner();
    assert_eq!(listed.customers, [first]);
}

#[tokio::test]
async fn every_step_is_told_before_it_begins_whether_a_group_requires_approval_and_so_is_the_caller() {
    let fixture = Fixture::new().await;
    let [open, held] = [2, 1].map(|number| format!("groups/{}", Uuid::from_u128(number)));
    let create = async |number, groups: Vec<String>, mut account: Option<NewAccount>| {
        if let Some(account) = &mut account {
            account.username = format!("user{number}");
        }
        let request = CreateCustomerRequest {
            customer: Some(Customer { email: format!("{number}@example.com"), ..luis() }),
            request_id: Uuid::from_u128(number).to_string(),
            groups,
            account,
            ..whole()
        };
        fixture.client().create_customer(fixture.staff(request)).await.unwrap().into_inner()
    };
    let both = || vec![open.clone(), held.clone()];
    assert_eq!(create(1, both(), whole().account).await.status(), Status::Active);
    assert_eq!(fixture.parts.approval(), (false, Vec::new()));
    fixture.parts.requires_approval(&held);
    let created = create(2, both(), whole().account).await;
    assert_eq!(created.status(), Status::PendingApproval);
    assert_eq!(fixture.parts.approval(), (true, vec![held.clone()]));
    let filter = "status = PENDING_APPROVAL".to_owned();
    let request = ListCustomersRequest { filter, ..Default::default() };
    let listed = fixture.client().list_customers(fixture.staff(request)).await.unwrap().into_inner();
    assert_eq!(listed.customers, [created]);
    // Who has no account can be asked for later, when there is one.
    create(3, both(), None).await;
    assert_eq!(fixture.parts.approval().1, [held]);
}
