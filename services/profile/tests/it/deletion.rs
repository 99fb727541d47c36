//! Deletions of customers together with what happened to them.

use crate::fixture::{Fixture, luis, staff_id};
use patron_chassis::{permission::Permission, testing::with_token, token::Claims};
use patron_ledger::testing::snapshots;
use patron_proto::{
    event::v1::{Event, event::Snapshot},
    profile::v1::{Customer, DeleteCustomerRequest, GetCustomerRequest},
};
use prost::Message as _;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

const HISTORIAN: &[Permission] =
    &[Permission::CustomerRead, Permission::CustomerDelete, Permission::CustomerDeleteHistory];

async fn delete(fixture: &Fixture, customer: &Customer, claims: &Claims) -> Result<(), Status> {
    let request =
        DeleteCustomerRequest { name: customer.name.clone(), delete_history: true, ..Default::default() };
    let request = with_token(&fixture.mesh.tokens().sign(claims), request);
    fixture.client().delete_customer(request).await.map(drop)
}

#[tokio::test]
async fn a_history_is_deleted_by_who_may_and_signed_in_lately_alone() {
    let fixture = Fixture::new().await;
    let customer = fixture.create(luis()).await.unwrap();
    let without = fixture.mesh.tokens().staff(staff_id(1), &HISTORIAN[..2]);
    let historian = fixture.mesh.tokens().staff(staff_id(1), HISTORIAN);
    let long_ago = Claims { auth_time: historian.auth_time - 16 * 60, ..historian.clone() };
    for (claims, reason) in [(&without, "PERMISSION_MISSING"), (&long_ago, "STEP_UP_REQUIRED")] {
        let refused = delete(&fixture, &customer, claims).await.unwrap_err();
        assert_eq!(refused.code(), Code::PermissionDenied);
        assert_eq!(refused.get_details_error_info().unwrap().reason, reason);
        let get = GetCustomerRequest { name: customer.name.clone() };
        fixture.client().get_customer(fixture.staff(get)).await.unwrap();
    }
    delete(&fixture, &customer, &historian).await.unwrap();
    let get = GetCustomerRequest { name: customer.name };
    let gone = fixture.client().get_customer(fixture.staff(get)).await.unwrap_err();
    assert_eq!(gone.code(), Code::NotFound);
}

#[tokio::test]
async fn of_a_customer_whose_history_goes_only_the_number_is_published() {
    let fixture = Fixture::new().await;
    let customer = fixture.create(luis()).await.unwrap();
    let pool = fixture.database.pool();
    // An event that was given up, with the name of the customer.
    #[expect(clippy::disallowed_methods, reason = "looks behind the scenes")]
    let dead = sqlx::query(
        "update profile.queue set dead_at = now(), error = 'not applicable', lease = null, leased_until = null
         where kind = 'activity' and key = $1",
    );
    let dead = dead.bind(&customer.name).execute(pool).await.unwrap();
    assert_eq!(dead.rows_affected(), 1);
    let renamed = Customer { first_name: "Luísa".into(), ..customer.clone() };
    fixture.update(renamed, &["first_name"]).await.unwrap();
    delete(&fixture, &customer, &fixture.mesh.tokens().staff(staff_id(1), HISTORIAN)).await.unwrap();

    #[expect(clippy::disallowed_methods, reason = "looks behind the scenes")]
    let left = sqlx::query_scalar::<_, Option<Vec<u8>>>(
        "select payload from profile.queue where kind = 'activity' and key in ($1, $1 || '/reference') order by job_id",
    );
    let left: Vec<Option<Vec<u8>>> = left.bind(&customer.name).fetch_all(pool).await.unwrap();
    let has_name = |payload: &[u8]| payload.windows(9).any(|part| part == "Gonçalve".as_bytes());
    assert!(!left.iter().flatten().any(|payload| has_name(payload)), "nothing of the name is left");
    let events: Vec<Event> = left.iter().flatten().map(|it| Event::decode(it.as_slice()).unwrap()).collect();
    let deleted = events.iter().find(|event| event.r#type == "customer.deleted").unwrap();
    let fields: Vec<&str> = deleted.changes.iter().map(|change| change.field.as_str()).collect();
    assert_eq!(fields, ["number"]);
    #[expect(clippy::disallowed_methods, reason = "looks behind the scenes")]
    let edits = sqlx::query_scalar::<_, i64>("select count(*) from profile.resource_edit");
    assert_eq!(edits.fetch_one(pool).await.unwrap(), 0, "nor who changed what");
    let goes =
        |snapshot: Option<&Snapshot>| matches!(snapshot, Some(Snapshot::Reference(it)) if it.delete_history);
    assert!(goes(events.last().unwrap().snapshot.as_ref()), "consumers are told");
    let listed = snapshots(fixture.mesh.client_as("activity", &fixture.profile)).await;
    assert!(
        listed.iter().any(|it| it.customer == customer.name && goes(it.snapshot.as_ref())),
        "later ones too"
    );
}
