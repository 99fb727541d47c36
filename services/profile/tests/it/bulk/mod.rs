//! Bulk operations.

mod history;
mod parts;
mod rights;

use crate::{
    fixture::{Fixture, luis, staff_id, violations},
    parts::Failure,
};
use patron_profile::store;
use patron_proto::{
    operation::v1::{
        CancelOperationRequest, DeleteOperationRequest, Operation, WaitOperationRequest,
        operation::Result as Ending, operation_service_client::OperationServiceClient,
    },
    profile::v1::{
        BulkAddToGroupRequest, BulkDeleteCustomersRequest, BulkDisableAccountsRequest,
        BulkEnableAccountsRequest, BulkResult, BulkSummary, Customer, CustomerMatch, CustomerSelection,
        ListBulkResultsRequest, bulk_result::State, customer_bulk_service_client::CustomerBulkServiceClient,
    },
};
use std::time::Duration;
use tonic::{Code, transport::Channel};
use uuid::Uuid;

/// How long an operation may take whose services answer, on a busy machine.
const SECONDS: Duration = Duration::from_secs(20);

fn bulk(fixture: &Fixture) -> CustomerBulkServiceClient<Channel> {
    CustomerBulkServiceClient::new(fixture.mesh.client(&fixture.profile))
}

fn operations(fixture: &Fixture) -> OperationServiceClient<Channel> {
    OperationServiceClient::new(fixture.mesh.client(&fixture.profile))
}

/// The service with a person who is known to it, and some customers of one company.
async fn with_customers(number: usize) -> (Fixture, Vec<String>) {
    let fixture = Fixture::new().await;
    fixture.parts.knows_staff(staff_id(1), false);
    let mut names = Vec::new();
    for place in 0..number {
        names.push(fixture.create(of_embraer(place)).await.unwrap().name);
    }
    (fixture, names)
}

fn of_embraer(place: usize) -> Customer {
    Customer {
        first_name: format!("Luís {place}"),
        email: format!("luis{place}@example.com"),
        company: "Embraer".into(),
        ..luis()
    }
}

fn named(names: &[String]) -> CustomerSelection {
    CustomerSelection { names: names.to_vec(), matching: None }
}

fn matching(filter: &str) -> CustomerSelection {
    let matching = CustomerMatch { filter: filter.to_owned(), ..CustomerMatch::default() };
    CustomerSelection { names: Vec::new(), matching: Some(matching) }
}

fn delete(names: &[String]) -> BulkDeleteCustomersRequest {
    BulkDeleteCustomersRequest { selection: Some(named(names)), ..Default::default() }
}

fn add(selection: CustomerSelection) -> BulkAddToGroupRequest {
    let group = format!("groups/{}", Uuid::from_u128(1));
    BulkAddToGroupRequest { selection: Some(selection), group, ..Default::default() }
}

/// Waits until an operation has ended, as the member of staff who started it.
async fn ended(fixture: &Fixture, started: Operation) -> Operation {
    let waiting = async {
        loop {
            let request = WaitOperationRequest { name: started.name.clone(), timeout: None };
            let now = operations(fixture).wait_operation(fixture.staff(request)).await.unwrap().into_inner();
            if now.done {
                return now;
            }
        }
    };
    tokio::time::timeout(SECONDS, waiting).await.expect("it ends")
}

fn summary(operation: &Operation) -> BulkSummary {
    match &operation.result {
        Some(Ending::Response(response)) => response.to_msg().unwrap(),
        other => panic!("it ended otherwise: {other:?}"),
    }
}

async fn results(fixture: &Fixture, operation: &Operation, failed_only: bool) -> Vec<BulkResult> {
    let (mut all, mut page_token) = (Vec::new(), String::new());
    loop {
        let parent = operation.name.clone();
        let request = ListBulkResultsRequest { parent, page_size: 2, page_token, failed_only };
        let page = bulk(fixture).list_bulk_results(fixture.staff(request)).await.unwrap().into_inner();
        all.extend(page.results);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return all;
        }
    }
}

#[tokio::test]
async fn those_named_are_deleted_and_of_each_other_it_is_said_why_not() {
    let (fixture, mut names) = with_customers(4).await;
    let stays = names.pop().unwrap();
    let nobody = format!("customers/{}", Uuid::max());
    names.push(nobody.clone());
    // Twice is once.
    names.push(names[0].clone());

    let started = bulk(&fixture).bulk_delete_customers(fixture.staff(delete(&names))).await.unwrap();
    let operation = ended(&fixture, started.into_inner()).await;
    let summary = summary(&operation);
    assert_eq!((summary.customer_count, summary.done_count, summary.failed_count), (4, 3, 1));
    let metadata = operation.metadata.clone().unwrap();
    assert_eq!((metadata.kind.as_str(), metadata.action.as_str()), ("bulk", "delete"));
    assert_eq!((metadata.total_count, metadata.done_count, metadata.failed_count), (4, 3, 1));
    assert_eq!(metadata.started_by, staff_id(1).resource_name());

    let all = results(&fixture, &operation, false).await;
    assert_eq!(all.iter().filter(|result| result.state() == State::Done).count(), 3);
    let failed = results(&fixture, &operation, true).await;
    let [failed] = failed.as_slice() else { panic!("{failed:?}") };
    assert_eq!((failed.customer.as_str(), failed.state()), (nobody.as_str(), State::Failed));
    let error = failed.error.clone().unwrap();
    assert_eq!((Code::from(error.code), error.message.as_str()), (Code::NotFound, "customer not found"));
    assert_eq!(fixture.found("luis").await, ["Luís 3"], "{stays}");
}

#[tokio::test]
async fn who_comes_to_match_after_the_start_is_not_meant_and_a_service_that_is_away_delays_only() {
    let (fixture, names) = with_customers(3).await;
    fixture.parts.fail("add_memberships", Failure::Outage);
    let request = fixture.staff(add(matching("company = Embraer AND first_name != \"Luís 1\"")));
    let started = bulk(&fixture).bulk_add_to_group(request).await.unwrap().into_inner();
    let asked = async {
        while !fixture.parts.calls().contains(&"add_memberships") {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(SECONDS, asked).await.expect("it is tried");
    fixture.create(of_embraer(3)).await.unwrap();
    fixture.parts.recover();

    let operation = ended(&fixture, started).await;
    assert_eq!(summary(&operation).done_count, 2);
    let metadata = operation.metadata.clone().unwrap();
    assert_eq!(metadata.action, "add_to_group");
    assert_eq!(metadata.target, format!("groups/{}", Uuid::from_u128(1)));
    let all = results(&fixture, &operation, false).await;
    let done: Vec<_> =
        all.iter().map(|it| (it.customer.as_str(), it.customer_display_name.as_str())).collect();
    assert_eq!(done, [(names[0].as_str(), "Luís 0 Gonçalves"), (names[2].as_str(), "Luís 2 Gonçalves")]);
}

#[tokio::test]
async fn a_service_of_an_older_release_is_waited_for() {
    let (fixture, names) = with_customers(1).await;
    fixture.parts.fail("enable_accounts", Failure::Older);
    let request = BulkEnableAccountsRequest { selection: Some(named(&names)), ..Default::default() };
    let started = bulk(&fixture).bulk_enable_accounts(fixture.staff(request)).await.unwrap().into_inner();
    let asked = async {
        while !fixture.parts.calls().contains(&"enable_accounts") {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(SECONDS, asked).await.expect("it is tried");
    fixture.parts.recover();
    // The new release says that nobody has an account.
    assert_eq!(summary(&ended(&fixture, started).await).failed_count, 1);
}

#[tokio::test]
async fn results_go_with_their_operation_and_no_others_do() {
    let (fixture, names) = with_customers(4).await;
    let mut kept = Vec::new();
    for names in names.chunks(2) {
        let started = bulk(&fixture).bulk_delete_customers(fixture.staff(delete(names))).await.unwrap();
        kept.push(ended(&fixture, started.into_inner()).await);
    }
    let forget = DeleteOperationRequest { name: kept.remove(0).name };
    operations(&fixture).delete_operation(fixture.staff(forget)).await.unwrap();
    let database = fixture.database.database();
    assert_eq!(store::bulk::delete_old(&database).await.unwrap(), 2);
    assert_eq!(store::bulk::delete_old(&database).await.unwrap(), 0);
    assert_eq!(results(&fixture, &kept[0], false).await.len(), 2);
}

#[tokio::test]
async fn whoever_only_asks_learns_how_many_are_meant_and_nothing_is_begun() {
    let (fixture, names) = with_customers(3).await;
    let dry = BulkDeleteCustomersRequest { validate_only: true, ..delete(&names[..2]) };
    let asked = bulk(&fixture).bulk_delete_customers(fixture.staff(dry)).await.unwrap().into_inner();
    assert_eq!((asked.name.as_str(), asked.done, summary(&asked).customer_count), ("", true, 2));
    let all = matching("company = Embraer");
    let dry = BulkDeleteCustomersRequest { selection: Some(all), validate_only: true, ..Default::default() };
    let asked = bulk(&fixture).bulk_delete_customers(fixture.staff(dry)).await.unwrap().into_inner();
    assert_eq!(summary(&asked).customer_count, 3);
    assert_eq!(fixture.found("luis").await.len(), 3);
}

#[tokio::test]
async fn the_same_request_gives_the_same_operation() {
    let (fixture, names) = with_customers(1).await;
    let request = BulkDeleteCustomersRequest { request_id: Uuid::from_u128(7).to_string(), ..delete(&names) };
    let first = bulk(&fixture).bulk_delete_customers(fixture.staff(request.clone())).await.unwrap();
    let again = bulk(&fixture).bulk_delete_customers(fixture.staff(request.clone())).await.unwrap();
    assert_eq!(first.into_inner().name, again.into_inner().name);
    let other = BulkDeleteCustomersRequest { selection: Some(matching("")), ..request };
    let refused = bulk(&fixture).bulk_delete_customers(fixture.staff(other)).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument, "{refused:?}");
}

#[tokio::test]
async fn a_cancelled_operation_ends_soon_though_a_service_is_away_and_what_was_not_done_waits() {
    let (fixture, names) = with_customers(2).await;
    fixture.parts.fail("disable_accounts", Failure::Outage);
    let request = BulkDisableAccountsRequest { selection: Some(named(&names)), ..Default::default() };
    let started = bulk(&fixture).bulk_disable_accounts(fixture.staff(request)).await.unwrap().into_inner();
    let cancel = CancelOperationRequest { name: started.name.clone() };
    operations(&fixture).cancel_operation(fixture.staff(cancel)).await.unwrap();
    let operation = ended(&fixture, started).await;
    let Some(Ending::Error(error)) = &operation.result else { panic!("{operation:?}") };
    assert_eq!(Code::from(error.code), Code::Cancelled);
    let all = results(&fixture, &operation, false).await;
    assert_eq!((all.len(), all.iter().all(|it| it.state() == State::Waiting)), (2, true));
}

#[tokio::test]
async fn a_selection_is_either_names_or_what_they_match_and_says_what_is_wrong_with_it() {
    let (fixture, names) = with_customers(1).await;
    let both = CustomerSelection { names: names.clone(), matching: Some(CustomerMatch::default()) };
    for (selection, wrong) in [
        (Some(both), "selection needs either names or matching, and not both"),
        (Some(CustomerSelection::default()), "selection needs either names or matching, and not both"),
    ] {
        let request = BulkDeleteCustomersRequest { selection, ..Default::default() };
        let refused = bulk(&fixture).bulk_delete_customers(fixture.staff(request)).await.unwrap_err();
        assert_eq!(violations(&refused), [wrong]);
    }
    let request =
        BulkDeleteCustomersRequest { selection: Some(matching("nonsense = 1")), ..Default::default() };
    let refused = bulk(&fixture).bulk_delete_customers(fixture.staff(request)).await.unwrap_err();
    assert!(violations(&refused)[0].starts_with("selection.matching.filter "), "{refused:?}");
    assert_eq!(fixture.found("luis").await.len(), 1);
}

#[tokio::test]
async fn nobody_has_more_than_five_operations_under_way() {
    let (fixture, names) = with_customers(1).await;
    fixture.parts.fail("add_memberships", Failure::Outage);
    for _ in 0..5 {
        bulk(&fixture).bulk_add_to_group(fixture.staff(add(named(&names)))).await.unwrap();
    }
    let refused = bulk(&fixture).bulk_add_to_group(fixture.staff(add(named(&names)))).await.unwrap_err();
    assert_eq!(refused.code(), Code::ResourceExhausted);
}
