use crate::{
    fixture::{Fixture, luis, staff_id, violations},
    parts::Failure,
};
use patron_proto::profile::v1::{
    BatchCreateCustomersRequest, CreateCustomerRequest, Customer, customer_creation,
};
use patron_values::id::StaffId;
use tonic::Code;

fn assigned_to(staff: &[StaffId]) -> Customer {
    Customer { assigned_staff: staff.iter().map(|one| one.resource_name()).collect(), ..luis() }
}

fn times_asked(fixture: &Fixture) -> usize {
    fixture.parts.calls().iter().filter(|call| **call == "staff_references").count()
}

#[tokio::test]
async fn only_active_members_of_staff_are_assigned_and_the_others_are_named() {
    let fixture = Fixture::new().await;
    let (active, disabled, nobody) = (staff_id(2), staff_id(3), staff_id(4));
    fixture.parts.knows_staff(active, false);
    fixture.parts.knows_staff(disabled, true);
    let wrong = [
        "customer.assigned_staff[0] is disabled: enable the person first, or name another",
        "customer.assigned_staff[1] is no member of staff",
    ];
    let status = fixture.create(assigned_to(&[disabled, nobody])).await.unwrap_err();
    assert_eq!((status.code(), violations(&status)), (Code::InvalidArgument, wrong.map(String::from).into()));

    let created = fixture.create(assigned_to(&[active])).await.unwrap();
    let wanted = Customer { name: created.name.clone(), ..assigned_to(&[active, nobody]) };
    let status = fixture.update(wanted, &["assigned_staff"]).await.unwrap_err();
    assert_eq!(violations(&status), wrong[1..]);
    assert_eq!(times_asked(&fixture), 3);
}

#[tokio::test]
async fn who_is_disabled_later_stays_assigned_whatever_else_changes() {
    let fixture = Fixture::new().await;
    let (first, second) = (staff_id(2), staff_id(3));
    fixture.parts.knows_staff(first, false);
    let created = fixture.create(assigned_to(&[first])).await.unwrap();
    fixture.parts.knows_staff(first, true);
    fixture.parts.knows_staff(second, false);
    let wanted =
        Customer { name: created.name.clone(), title: "Dr.".into(), ..assigned_to(&[second, first]) };
    let updated = fixture.update(wanted.clone(), &["title", "assigned_staff"]).await.unwrap();
    assert_eq!((updated.title, updated.assigned_staff), ("Dr.".into(), wanted.assigned_staff));
}

#[tokio::test]
async fn an_outage_of_identity_refuses_only_changes_of_who_is_assigned() {
    let fixture = Fixture::new().await;
    let (first, second) = (staff_id(2), staff_id(3));
    fixture.parts.knows_staff(first, false);
    let created = fixture.create(assigned_to(&[first])).await.unwrap();
    fixture.parts.fail("staff_references", Failure::Outage);
    let wanted = Customer { name: created.name.clone(), title: "Dr.".into(), ..assigned_to(&[first]) };
    fixture.update(wanted.clone(), &["title", "assigned_staff"]).await.unwrap();
    let status = fixture
        .update(
            Customer { assigned_staff: vec![second.resource_name()], ..wanted.clone() },
            &["assigned_staff"],
        )
        .await
        .unwrap_err();
    assert_eq!(status.code(), Code::Unavailable);
    fixture.update(Customer { assigned_staff: Vec::new(), ..wanted }, &["assigned_staff"]).await.unwrap();
    let other = Customer { email: "other@example.com".into(), ..assigned_to(&[second]) };
    assert_eq!(fixture.create(other.clone()).await.unwrap_err().code(), Code::Unavailable);
    fixture.create(Customer { assigned_staff: Vec::new(), ..other }).await.unwrap();
}

#[tokio::test]
async fn of_a_batch_only_customers_with_wrong_staff_are_refused() {
    let fixture = Fixture::new().await;
    fixture.parts.knows_staff(staff_id(2), false);
    let staff = [staff_id(2), staff_id(4), staff_id(2)];
    let requests = staff.iter().enumerate().map(|(place, staff)| {
        let customer = Customer { email: format!("{place}@example.com"), ..assigned_to(&[*staff]) };
        CreateCustomerRequest { customer: Some(customer), ..Default::default() }
    });
    let request = BatchCreateCustomersRequest { requests: requests.collect(), ..Default::default() };
    let reply = fixture.client().batch_create_customers(fixture.staff(request)).await.unwrap().into_inner();
    let refused: Vec<bool> = reply
        .results
        .iter()
        .map(|it| matches!(it.result, Some(customer_creation::Result::Error(_))))
        .collect();
    assert_eq!(refused, [false, true, false]);
}
