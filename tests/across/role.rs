//! Roles that people make, at the services that they are about.

use http::StatusCode;
use patron_tests::{Caller, Role, World, until};
use serde_json::{Value, json};
use std::time::Duration;

/// Time in which every service knows of an edited role, and some more for a machine that is busy.
const KNOWN: Duration = Duration::from_secs(8);

/// A member of staff of this role, with a token and the secret of the session.
async fn person<'w>(world: &'w World, role: &str) -> (Caller<'w>, String) {
    let username = patron_tests::unique();
    let administrator = world.signed_in(Role::Administrator).await;
    let (given, chosen) = ("a temporary one for staff", "a chosen one for staff");
    let staff = json!({"username": username, "displayName": "Rita", "email": format!("{username}@staff.example"), "role": role});
    administrator.post("/v1/staff", &json!({"staff": staff, "password": given})).await.ok();
    let body = json!({"identifier": username, "password": given, "userKind": "USER_KIND_STAFF"});
    let session = until("a turn to sign in", Duration::from_secs(30), async || {
        let answer = world.nobody().post("/v1/sessions", &body).await;
        (answer.status != StatusCode::TOO_MANY_REQUESTS).then_some(answer)
    });
    let first = session.await.ok();
    let change = json!({"oldPassword": given, "newPassword": chosen});
    let session = world.with_token(text(&first, "accessToken"));
    let session = session.post("/v1/sessions/current:changePassword", &change).await.ok();
    (world.with_token(text(&session, "accessToken")), text(&session, "secret"))
}

fn text(value: &Value, field: &str) -> String {
    value[field].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn what_a_made_role_allows_holds_at_every_service_and_so_does_an_edit_of_it_within_seconds() {
    let world = World::shared().await;
    let administrator = world.signed_in(Role::Administrator).await;
    let allows = |permissions: &[&str]| {
        let named = permissions.iter().map(|name| format!("PERMISSION_{name}"));
        json!({"displayName": patron_tests::unique(), "scope": "SCOPE_ALL", "permissions": named.collect::<Vec<_>>()})
    };
    let role = administrator.post("/v1/roles", &allows(&["CUSTOMER_READ"])).await.ok();
    let path = format!("/v1/{}", text(&role, "name"));
    let (reader, secret) = person(world, &text(&role, "name")).await;
    let customer = || {
        let email = format!("{}@example.com", patron_tests::unique());
        json!({"customer": {"firstName": "Ada", "lastName": "Quick", "email": email}})
    };
    assert_eq!(reader.get("/v1/customers").await.status, StatusCode::OK);
    assert_eq!(reader.post("/v1/customers", &customer()).await.status, StatusCode::FORBIDDEN);
    assert_eq!(reader.get("/v1/groups").await.status, StatusCode::FORBIDDEN);

    let more = json!({"permissions": ["PERMISSION_CUSTOMER_READ", "PERMISSION_CUSTOMER_CREATE"]});
    administrator.patch(&path, &more).await.ok();
    let outdated = async |caller: &Caller<'_>| {
        let asked = caller.post("/v1/customers", &customer()).await.status;
        (asked == StatusCode::UNAUTHORIZED).then_some(())
    };
    until("the token of before ends", KNOWN, async || outdated(&reader).await).await;
    let refreshed = world.nobody().post("/v1/sessions:refresh", &json!({"secret": secret})).await.ok();
    let creator = world.with_token(text(&refreshed, "accessToken"));
    creator.create(&customer()).await;

    let less = json!({"permissions": ["PERMISSION_CUSTOMER_READ"]});
    administrator.patch(&path, &less).await.ok();
    until("nobody creates with it any more", KNOWN, async || outdated(&creator).await).await;
    let refused = administrator.delete(&path).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{refused:?}");
}
