//! Bulk deletions of customers together with what happened to them.

use super::{bulk, delete, ended, summary, with_customers};
use crate::fixture::{ALL, staff_id};
use patron_chassis::{permission::Permission, testing::with_token};
use patron_proto::profile::v1::BulkDeleteCustomersRequest;
use tonic::Code;

#[tokio::test]
async fn histories_go_too_where_that_is_asked_for_by_who_may() {
    let (fixture, names) = with_customers(2).await;
    let request = BulkDeleteCustomersRequest { delete_history: true, ..delete(&names) };
    let refused = bulk(&fixture).bulk_delete_customers(fixture.staff(request.clone())).await.unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied);
    let permissions = [ALL, &[Permission::CustomerDeleteHistory]].concat();
    let claims = fixture.mesh.tokens().staff(staff_id(1), &permissions);
    let request = with_token(&fixture.mesh.tokens().sign(&claims), request);
    let started = bulk(&fixture).bulk_delete_customers(request).await.unwrap().into_inner();
    assert_eq!(started.metadata.as_ref().unwrap().action, "delete_with_history");
    assert_eq!(summary(&ended(&fixture, started).await).done_count, 2);
    #[expect(clippy::disallowed_methods, reason = "looks behind the scenes")]
    let without = sqlx::query_scalar::<_, i64>("select count(*) from profile.tombstone where delete_history");
    assert_eq!(without.fetch_one(fixture.database.pool()).await.unwrap(), 2);
}
