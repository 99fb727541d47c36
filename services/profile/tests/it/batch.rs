//! Customers that are created in one call.

use crate::{
    fixture::{Fixture, luis, staff_id},
    parts::Failure,
};
use futures::future::join_all;
use patron_chassis::status::DOMAIN;
use patron_proto::{
    address::v1::Address,
    identity::v1::NewAccount,
    profile::v1::{
        BatchCreateCustomersRequest, CreateCustomerRequest, Customer, CustomerCreation, ListCustomersRequest,
        customer_creation::Result as Outcome,
    },
};
use prost::Message as _;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;
use uuid::Uuid;

/// A customer like Luís, with an address, and an email and request of its own.
fn numbered(number: u128) -> CreateCustomerRequest {
    CreateCustomerRequest {
        customer: Some(Customer { email: format!("luis{number}@example.com"), ..luis() }),
        addresses: vec![Address { line1: "Av. Brigadeiro Faria Lima, 2170".into(), ..Default::default() }],
        request_id: Uuid::from_u128(number).to_string(),
        ..Default::default()
    }
}

/// The same without the address.
fn bare(number: u128) -> CreateCustomerRequest {
    CreateCustomerRequest { addresses: Vec::new(), ..numbered(number) }
}

async fn create(
    fixture: &Fixture,
    requests: Vec<CreateCustomerRequest>,
) -> Result<Vec<CustomerCreation>, Status> {
    let message = BatchCreateCustomersRequest { requests, validate_only: false };
    Ok(fixture.client().batch_create_customers(fixture.staff(message)).await?.into_inner().results)
}

async fn listed(fixture: &Fixture) -> Vec<Customer> {
    let message = ListCustomersRequest { order_by: "number".to_owned(), ..Default::default() };
    fixture.client().list_customers(fixture.staff(message)).await.unwrap().into_inner().customers
}

fn customer(creation: &CustomerCreation) -> &Customer {
    match &creation.result {
        Some(Outcome::Customer(customer)) => customer,
        other => panic!("no customer: {other:?}"),
    }
}

/// Code and fields of a refusal.
fn refusal(creation: &CustomerCreation) -> (Code, Vec<String>) {
    let Some(Outcome::Error(error)) = &creation.result else { panic!("it is not refused") };
    #[expect(clippy::disallowed_methods, reason = "reads what a client would get")]
    let status = Status::with_details(error.code.into(), &error.message, error.encode_to_vec().into());
    let details = status.get_error_details();
    assert_eq!(details.error_info().map(|info| info.domain.as_str()), Some(DOMAIN));
    let fields = details.bad_request().map(|it| it.field_violations.clone()).unwrap_or_default();
    (status.code(), fields.into_iter().map(|it| it.field).collect())
}

#[tokio::test]
async fn customers_of_one_call_come_whole_in_its_order_by_one_call_to_each_peer() {
    let fixture = Fixture::new().await;
    let results = create(&fixture, (1..=100).map(numbered).collect()).await.unwrap();
    assert_eq!(fixture.parts.calls(), ["validate_addresses", "create_addresses"]);
    let emails: Vec<_> = results.iter().map(|it| customer(it).email.clone()).collect();
    assert_eq!(emails, (1..=100).map(|number| format!("luis{number}@example.com")).collect::<Vec<_>>());
    let numbers: Vec<_> = results.iter().map(|it| customer(it).number.clone()).collect();
    assert!(numbers.is_sorted(), "{numbers:?}");
    let mut listed = listed(&fixture).await;
    listed.truncate(2);
    assert_eq!([&listed[0], &listed[1]], [customer(&results[0]), customer(&results[1])]);
}

#[tokio::test]
async fn who_is_refused_learns_why_and_the_others_are_created() {
    let fixture = Fixture::new().await;
    create(&fixture, vec![numbered(1)]).await.unwrap();
    let mut requests: Vec<_> = (2..=9).map(numbered).collect();
    requests[1].customer.as_mut().unwrap().email = "no email".into();
    requests[2].addresses[0].line1 = "Av. ".repeat(100);
    requests[4].customer.as_mut().unwrap().email = "luis1@example.com".into();
    requests[7].customer.as_mut().unwrap().email = "LUIS8@example.com".into();
    let results = create(&fixture, requests).await.unwrap();
    assert_eq!(refusal(&results[1]), (Code::InvalidArgument, vec!["customer.email".to_owned()]));
    assert_eq!(refusal(&results[2]), (Code::InvalidArgument, vec!["addresses[0].line1".to_owned()]));
    assert_eq!(refusal(&results[4]), (Code::AlreadyExists, vec!["customer.email".to_owned()]));
    assert_eq!(refusal(&results[7]), (Code::AlreadyExists, vec!["customer.email".to_owned()]));
    for place in [0, 3, 5, 6] {
        assert_eq!(customer(&results[place]).email, format!("luis{}@example.com", place + 2));
    }
    assert_eq!(listed(&fixture).await.len(), 5);
}

#[tokio::test]
async fn a_part_that_is_refused_after_the_beginning_leaves_nothing() {
    let fixture = Fixture::new().await;
    fixture.parts.fail("create_addresses", Failure::Refusal);
    let results = create(&fixture, vec![numbered(1), bare(2), numbered(3)]).await.unwrap();
    assert_eq!(refusal(&results[0]).0, Code::FailedPrecondition);
    assert_eq!(customer(&results[1]).email, "luis2@example.com");
    assert_eq!(refusal(&results[2]).0, Code::FailedPrecondition);
    assert_eq!(listed(&fixture).await.len(), 1);
    fixture.parts.recover();
    let results = create(&fixture, vec![numbered(1), numbered(3)]).await.unwrap();
    assert!(results.iter().all(|it| !customer(it).number.is_empty()));
}

#[tokio::test]
async fn a_call_that_comes_again_gives_the_same_customers_and_creates_those_that_are_new() {
    let fixture = Fixture::new().await;
    let first = create(&fixture, vec![numbered(1), numbered(2)]).await.unwrap();
    let again = create(&fixture, vec![numbered(1), numbered(3), numbered(2)]).await.unwrap();
    assert_eq!([customer(&again[0]), customer(&again[2])], [customer(&first[0]), customer(&first[1])]);
    let alone = fixture.client().create_customer(fixture.staff(numbered(3))).await.unwrap().into_inner();
    assert_eq!(&alone, customer(&again[1]), "by itself it is the same request");
    let mut other = numbered(1);
    other.customer.as_mut().unwrap().first_name = "Luiz".into();
    let results = create(&fixture, vec![other, numbered(4)]).await.unwrap();
    assert_eq!(refusal(&results[0]), (Code::InvalidArgument, vec!["request_id".to_owned()]));
    assert_eq!(listed(&fixture).await.len(), 4);
}

#[tokio::test]
async fn while_a_service_is_away_those_of_a_call_who_need_it_learn_so_and_the_others_are_created() {
    let fixture = Fixture::new().await;
    fixture.parts.knows_staff(staff_id(7), false);
    for (round, (away, needs)) in [
        ("validate_account", 0),
        ("create_account", 0),
        ("validate_addresses", 1),
        ("create_addresses", 1),
        ("validate_memberships", 2),
        ("create_memberships", 2),
        ("staff_references", 3),
    ]
    .into_iter()
    .enumerate()
    {
        let number = 10 * u128::try_from(round + 1).unwrap();
        let mut requests: Vec<_> = (number..number + 5).map(bare).collect();
        requests[0].account = Some(NewAccount {
            username: format!("luis{number}"),
            password: String::new(),
            ..Default::default()
        });
        requests[1].addresses = numbered(1).addresses;
        requests[2].groups = vec![format!("groups/{}", Uuid::from_u128(1))];
        requests[3].customer.as_mut().unwrap().assigned_staff = vec![staff_id(7).resource_name()];
        fixture.parts.fail(away, Failure::Outage);
        let results = create(&fixture, requests.clone()).await.unwrap();
        for (place, (request, result)) in requests.iter().zip(&results).enumerate() {
            if place == needs {
                assert_eq!(refusal(result).0, Code::Unavailable, "{away}");
            } else {
                assert_eq!(customer(result).email, request.customer.as_ref().unwrap().email, "{away}");
            }
        }
        fixture.parts.recover();
        let whole = create(&fixture, requests.clone()).await.unwrap();
        // Who is there already needs nobody.
        fixture.parts.fail(away, Failure::Outage);
        let again = create(&fixture, requests).await.unwrap();
        for (whole, again) in whole.iter().zip(&again) {
            assert_eq!(customer(again).name, customer(whole).name, "{away}");
        }
        fixture.parts.recover();
    }
}

#[tokio::test]
async fn calls_with_the_same_customers_in_opposite_order_never_wait_in_a_circle() {
    const CUSTOMERS: u128 = 40;
    let fixture = Fixture::new().await;
    for round in 1..=5 {
        let calls = (0..4).map(|call| {
            let requests = (0..CUSTOMERS).map(|number| CreateCustomerRequest {
                request_id: String::new(),
                ..bare(1_000 * round + number)
            });
            let mut requests: Vec<_> = requests.collect();
            if call % 2 == 1 {
                requests.reverse();
            }
            create(&fixture, requests)
        });
        let results: Vec<_> = join_all(calls).await.into_iter().flat_map(Result::unwrap).collect();
        let is_created = |it: &&CustomerCreation| matches!(it.result, Some(Outcome::Customer(_)));
        let (created, refused): (Vec<_>, Vec<_>) = results.iter().partition(is_created);
        assert_eq!(created.len(), usize::try_from(CUSTOMERS).unwrap(), "each by one of the calls");
        for refused in refused {
            assert_eq!(refusal(refused), (Code::AlreadyExists, vec!["customer.email".to_owned()]));
        }
    }
}

#[tokio::test]
async fn an_outage_is_answered_to_all_and_later_rounds_complete_them() {
    let fixture = Fixture::new().await;
    fixture.parts.fail("create_addresses", Failure::Outage);
    let results = create(&fixture, vec![numbered(1), numbered(2)]).await.unwrap();
    assert!(results.iter().all(|it| refusal(it).0 == Code::Unavailable));
    assert!(listed(&fixture).await.is_empty());
    fixture.parts.recover();
    let again = async {
        // The first try is waited for, which is completed by itself.
        loop {
            let results = create(&fixture, vec![numbered(1), numbered(2)]).await.unwrap();
            if results.iter().all(|it| matches!(it.result, Some(Outcome::Customer(_)))) {
                return results;
            }
        }
    };
    let again = tokio::time::timeout(std::time::Duration::from_secs(30), again).await;
    assert_eq!(again.expect("they are whole within 30 s").len(), 2);
    assert_eq!(listed(&fixture).await.len(), 2);
}

#[tokio::test]
async fn what_holds_for_one_call_only_is_refused_with_its_place() {
    let fixture = Fixture::new().await;
    let mut requests = vec![numbered(1), numbered(2), numbered(1)];
    requests[0].validate_only = true;
    // The same, spelled otherwise.
    requests[2].request_id = Uuid::from_u128(1).simple().to_string();
    requests[1].account =
        Some(NewAccount { username: "luis2".into(), password: "long enough".into(), ..Default::default() });
    let status = create(&fixture, requests).await.unwrap_err();
    let details = status.get_error_details();
    let fields: Vec<_> = details.bad_request().unwrap().field_violations.iter().map(|it| &it.field).collect();
    assert_eq!(
        fields,
        ["requests[0].validate_only", "requests[1].account.password", "requests[2].request_id"]
    );
    let requests = vec![numbered(1), numbered(2)];
    let message = BatchCreateCustomersRequest { requests, validate_only: true };
    let results = fixture.client().batch_create_customers(fixture.staff(message)).await.unwrap();
    assert!(results.into_inner().results.iter().all(|it| !customer(it).email.is_empty()));
    assert!(listed(&fixture).await.is_empty(), "it was to be checked only");
}

#[tokio::test]
async fn the_tokens_of_a_call_cover_each_customer_and_of_many_what_lists_wait_for() {
    let fixture = Fixture::new().await;
    let tokens = async |requests: Vec<CreateCustomerRequest>| {
        let message = BatchCreateCustomersRequest { requests, validate_only: false };
        let created = fixture.client().batch_create_customers(fixture.staff(message)).await.unwrap();
        let tokens = created.metadata().get_all("patron-consistency-token");
        let tokens: Vec<_> = tokens.iter().map(|it| it.to_str().unwrap().to_owned()).collect();
        let names: Vec<_> =
            created.get_ref().results.iter().map(|creation| customer(creation).name.clone()).collect();
        (names, tokens)
    };
    let (names, few) = tokens((1..4).map(numbered).collect()).await;
    for name in &names {
        let of_each = [
            format!("profile/{name}@1"),
            format!("profile/{name}/reference@1"),
            format!("address/{name}/addresses@1"),
        ];
        assert!(of_each.iter().all(|token| few.contains(token)), "{few:?}");
    }
    assert_eq!(few.len(), 3 * names.len());

    let (names, many) = tokens((100..160).map(numbered).collect()).await;
    assert_eq!(many.len(), 48);
    let awaited = names.iter().rev().take(48).map(|name| format!("address/{name}/addresses@1"));
    assert!(awaited.collect::<Vec<_>>().iter().all(|token| many.contains(token)), "{many:?}");
}
