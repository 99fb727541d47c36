//! Who may do something in bulk, to whom, and who follows it.

use super::{SECONDS, bulk, delete, ended, matching, of_embraer, operations, summary, with_customers};
use crate::fixture::{ALL, Fixture, staff_id};
use patron_chassis::{permission::Permission, testing::with_token};
use patron_proto::{
    operation::v1::{GetOperationRequest, ListOperationsRequest, Operation, operation::Result as Ending},
    profile::v1::{BulkDeleteCustomersRequest, Customer, ListBulkResultsRequest},
};
use std::time::Duration;
use tonic::{Code, Request};
use tonic_types::StatusExt as _;

async fn get(fixture: &Fixture, request: Request<GetOperationRequest>) -> Result<Operation, Code> {
    let got = operations(fixture).get_operation(request).await;
    got.map(tonic::Response::into_inner).map_err(|status| status.code())
}

#[tokio::test]
async fn who_sees_some_customers_changes_those_alone_and_learns_nothing_of_the_others() {
    let (fixture, mut names) = with_customers(1).await;
    let rep = staff_id(2);
    fixture.parts.knows_staff(rep, false);
    let own = Customer { assigned_staff: vec![rep.resource_name()], ..of_embraer(1) };
    names.push(fixture.create(own).await.unwrap().name);
    let everyone = BulkDeleteCustomersRequest { selection: Some(matching("")), ..Default::default() };
    let dry = BulkDeleteCustomersRequest { validate_only: true, ..everyone };
    let asked = fixture.sales_rep_in_bulk(rep, dry);
    let asked = bulk(&fixture).bulk_delete_customers(asked).await.unwrap().into_inner();
    assert_eq!(summary(&asked).customer_count, 1);

    let started = fixture.sales_rep_in_bulk(rep, delete(&names));
    let started = bulk(&fixture).bulk_delete_customers(started).await.unwrap().into_inner();
    let other = fixture.sales_rep_in_bulk(staff_id(3), GetOperationRequest { name: started.name.clone() });
    assert_eq!(get(&fixture, other).await, Err(Code::NotFound), "it is the rep's");
    let waiting = async {
        loop {
            let own = fixture.sales_rep_in_bulk(rep, GetOperationRequest { name: started.name.clone() });
            let now = get(&fixture, own).await.unwrap();
            if now.done {
                return now;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let operation = tokio::time::timeout(SECONDS, waiting).await.expect("it ends");
    assert_eq!((summary(&operation).done_count, summary(&operation).failed_count), (1, 1));
    let parent = operation.name.clone();
    let request = ListBulkResultsRequest { parent, failed_only: true, ..Default::default() };
    let request = fixture.sales_rep_in_bulk(rep, request);
    let failed = bulk(&fixture).list_bulk_results(request).await.unwrap().into_inner().results;
    assert_eq!(
        (failed[0].customer.as_str(), failed[0].customer_display_name.as_str()),
        (names[0].as_str(), "")
    );
    assert_eq!(fixture.found("luis").await, ["Luís 0"]);
}

#[tokio::test]
async fn whoever_was_disabled_changes_nothing_more() {
    let (fixture, names) = with_customers(2).await;
    fixture.parts.knows_staff(staff_id(1), true);
    let started = bulk(&fixture).bulk_delete_customers(fixture.staff(delete(&names))).await.unwrap();
    let operation = ended(&fixture, started.into_inner()).await;
    let Some(Ending::Error(error)) = &operation.result else { panic!("{operation:?}") };
    assert_eq!(error.message, "whoever started the operation was disabled");
    assert_eq!(fixture.found("luis").await.len(), 2);
}

#[tokio::test]
async fn nobody_follows_operations_with_a_password_that_someone_else_set() {
    let fixture = Fixture::new().await;
    let mut claims = fixture.mesh.tokens().staff(staff_id(1), &[Permission::SettingsManage]);
    claims.must_change_password = true;
    let token = fixture.mesh.tokens().sign(&claims);
    let request = with_token(&token, ListOperationsRequest::default());
    let refused = operations(&fixture).list_operations(request).await.unwrap_err();
    let info = refused.get_details_error_info().unwrap();
    assert_eq!((refused.code(), info.reason.as_str()), (Code::PermissionDenied, "PASSWORD_CHANGE_REQUIRED"));
}

#[tokio::test]
async fn who_signed_in_long_ago_deletes_nobody_in_bulk() {
    let (fixture, names) = with_customers(2).await;
    let mut claims = fixture.mesh.tokens().staff(staff_id(1), ALL);
    claims.auth_time -= 16 * 60;
    let token = fixture.mesh.tokens().sign(&claims);
    let refused = bulk(&fixture).bulk_delete_customers(with_token(&token, delete(&names))).await.unwrap_err();
    let info = refused.get_details_error_info().unwrap();
    assert_eq!((refused.code(), info.reason.as_str()), (Code::PermissionDenied, "STEP_UP_REQUIRED"));
    assert_eq!(fixture.found("luis").await.len(), 2);
}
