//! Who changes the email of a customer, and when.

use crate::fixture::{ALL, Fixture, luis, staff_id, update};
use patron_chassis::testing::with_token;
use patron_proto::profile::v1::{Customer, UpdateCustomerRequest};
use std::time::Duration;
use tonic::{Code, Request, Status};
use tonic_types::StatusExt as _;

/// A request of a member of staff who signed in so long ago.
fn signed_in_ago<T>(fixture: &Fixture, age: Duration, message: T) -> Request<T> {
    let mut claims = fixture.mesh.tokens().staff(staff_id(1), ALL);
    claims.auth_time -= i64::try_from(age.as_secs()).unwrap();
    with_token(&fixture.mesh.tokens().sign(&claims), message)
}

async fn send(fixture: &Fixture, request: Request<UpdateCustomerRequest>) -> Result<Customer, Status> {
    fixture.client().update_customer(request).await.map(tonic::Response::into_inner)
}

#[tokio::test]
async fn an_email_is_changed_by_who_signed_in_lately_and_everything_else_later_too() {
    let fixture = Fixture::new().await;
    let customer = fixture.create(luis()).await.unwrap();
    let moved = Customer {
        email: "moved@example.com".to_owned(),
        job_title: "Captain".to_owned(),
        ..customer.clone()
    };
    let late = Duration::from_secs(15 * 60 + 1);
    let ask = |customer: &Customer, fields: &[&str]| {
        signed_in_ago(&fixture, late, update(customer.clone(), fields))
    };

    let refused = send(&fixture, ask(&moved, &["email", "job_title"])).await.unwrap_err();
    let info = refused.get_details_error_info().unwrap();
    assert_eq!((refused.code(), info.reason.as_str()), (Code::PermissionDenied, "STEP_UP_REQUIRED"));
    let titled = send(&fixture, ask(&moved, &["job_title"])).await.unwrap();
    assert_eq!((&titled.email, titled.job_title.as_str()), (&customer.email, "Captain"));
    // What is there already is no change.
    let same = Customer { department: "Bridge".to_owned(), ..titled };
    let same = send(&fixture, ask(&same, &["email", "department"])).await.unwrap();
    assert_eq!((&same.email, same.department.as_str()), (&customer.email, "Bridge"));

    let wanted = Customer { email: moved.email.clone(), ..same };
    let request = signed_in_ago(&fixture, Duration::from_mins(15), update(wanted, &["email"]));
    assert_eq!(send(&fixture, request).await.unwrap().email, moved.email);
}
