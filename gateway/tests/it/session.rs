//! Browser sessions.

use crate::{
    fake::PASSWORD,
    world::{ADA, Answer, Ask, World, ask, patch, post},
};
use http::{Method, StatusCode};
use patron_chassis::status::Problem;
use serde_json::json;

fn sign_in(password: &str) -> Ask {
    let body = json!({"identifier": "grace", "password": password, "userKind": "USER_KIND_STAFF"});
    post("/v1/session", body.to_string()).header("sec-fetch-site", "same-origin")
}

/// A browser that signed in.
struct Browser {
    world: World,
    csrf: String,
}

impl Browser {
    async fn new() -> Self {
        let world = World::with(&[("PATRON_BROWSER_PLAIN_COOKIES", "true")]);
        let csrf =
            world.send(sign_in(PASSWORD)).await.json()["csrfToken"].as_str().expect("a token").to_owned();
        Self { world, csrf }
    }

    async fn send(&self, request: Ask) -> Answer {
        let request =
            request.header("cookie", "theme=dark; patron=secret-1").header("sec-fetch-site", "same-origin");
        self.world.send(request.header("x-csrf-token", &self.csrf)).await
    }
}

#[tokio::test]
async fn signing_in_sets_a_cookie_that_scripts_and_other_sites_cannot_reach() {
    let world = World::new();
    let answer = world.send(sign_in(PASSWORD).header("user-agent", "Firefox")).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{answer:?}");
    let cookie = answer.header("set-cookie").expect("a cookie");
    assert_eq!(cookie, "__Host-patron=secret-1; Path=/; Max-Age=43200; HttpOnly; SameSite=Strict; Secure");
    let session = answer.json();
    assert_eq!((&session["user"], &session["userDisplayName"]), (&json!("staff/1"), &json!("Grace")));
    assert_eq!(session["permissions"], json!(["PERMISSION_CUSTOMER_READ"]));
    assert!(!answer.text().contains("token-1") && !answer.text().contains("secret-1"));
    assert_eq!(world.identity.create.metadata("patron-client-address").as_deref(), Some("127.0.0.1"));
    assert_eq!(world.identity.create.metadata("patron-client-agent").as_deref(), Some("Firefox"));
}

#[tokio::test]
async fn a_wrong_password_is_401_without_a_cookie() {
    let world = World::new();
    let answer = world.send(sign_in("wrong")).await;
    assert_eq!((answer.status, answer.header("set-cookie")), (StatusCode::UNAUTHORIZED, None));
    assert_eq!(answer.json()["reason"], "CREDENTIALS_INVALID");
}

#[tokio::test]
async fn the_cookie_stands_for_a_token() {
    let browser = Browser::new().await;
    let world = &browser.world;
    assert_eq!(browser.send(ask(Method::GET, &format!("/v1/{ADA}"))).await.status, StatusCode::OK);
    assert_eq!(world.profile.get.metadata("authorization").as_deref(), Some("Bearer token-1"));
    assert_eq!(world.identity.refresh.count(), 0);
}

#[tokio::test]
async fn requests_that_come_together_need_one_exchange() {
    let world = World::new();
    let path = format!("/v1/{ADA}");
    let request = || world.send(ask(Method::GET, &path).header("cookie", "__Host-patron=secret-9"));
    let answers = futures::future::join_all((0..20).map(|_| request())).await;
    assert!(answers.iter().all(|answer| answer.status == StatusCode::OK));
    assert_eq!(world.identity.refresh.count(), 1);
}

#[tokio::test]
async fn a_token_that_services_refuse_is_exchanged_once_more() {
    let browser = Browser::new().await;
    let world = &browser.world;
    *world.profile.refused.lock().expect("a lock") = Some("Bearer token-1".to_owned());
    let answer = browser.send(patch(&format!("/v1/{ADA}"), "{}")).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    assert_eq!(world.profile.update.metadata("authorization").as_deref(), Some("Bearer token-2"));
}

#[tokio::test]
async fn a_session_that_ended_or_never_was_is_401_and_the_cookie_goes() {
    let world = World::new();
    for ended in ["old", &"x".repeat(5000)] {
        let cookie = format!("__Host-patron={ended}");
        let answer = world.send(ask(Method::GET, "/v1/customers").header("cookie", cookie)).await;
        assert_eq!(
            (answer.status, &answer.json()["reason"]),
            (StatusCode::UNAUTHORIZED, &json!("CREDENTIALS_INVALID"))
        );
        let cleared = answer.header("set-cookie").expect("a cookie");
        assert!(cleared.starts_with("__Host-patron=; Path=/; Max-Age=0;"));
    }
    assert_eq!(world.profile.list.count(), 0);
}

#[tokio::test]
async fn while_identity_is_away_a_session_is_not_taken_for_ended() {
    let world = World::new();
    world.identity.refresh.fail(Problem::Unavailable);
    let answer =
        world.send(ask(Method::GET, "/v1/customers").header("cookie", "__Host-patron=secret-9")).await;
    assert_eq!((answer.status, answer.header("set-cookie")), (StatusCode::SERVICE_UNAVAILABLE, None));
}

#[tokio::test]
async fn the_session_can_be_read_and_left() {
    let browser = Browser::new().await;
    let read = browser.send(ask(Method::GET, "/v1/session")).await;
    assert_eq!(read.json()["csrfToken"], browser.csrf.as_str());
    assert_eq!(browser.world.identity.get.metadata("authorization").as_deref(), Some("Bearer token-1"));

    let left = browser.send(ask(Method::DELETE, "/v1/session")).await;
    assert_eq!(left.status, StatusCode::NO_CONTENT, "{left:?}");
    assert_eq!(browser.world.identity.delete.latest().name, "sessions/current");
    assert!(left.header("set-cookie").expect("a cookie").starts_with("patron=; Path=/; Max-Age=0;"));
    assert_eq!(left.header("clear-site-data"), Some("\"cache\", \"storage\""));
}

#[tokio::test]
async fn without_a_cookie_there_is_no_session_to_read() {
    let world = World::new();
    let bare = world.get("/v1/session").await;
    let with_token = world.send(ask(Method::GET, "/v1/session").header("authorization", "Bearer x")).await;
    for answer in [bare, with_token] {
        assert_eq!(
            (answer.status, &answer.json()["reason"]),
            (StatusCode::UNAUTHORIZED, &json!("CREDENTIALS_MISSING"))
        );
    }
}

#[tokio::test]
async fn changes_need_the_csrf_token_and_a_page_of_ours() {
    let browser = Browser::new().await;
    let path = format!("/v1/{ADA}");
    let change = || patch(&path, "{}").header("cookie", "patron=secret-1");
    let table = [
        (change().header("sec-fetch-site", "same-origin"), 403),
        (change().header("sec-fetch-site", "same-origin").header("x-csrf-token", "wrong"), 403),
        (change().header("sec-fetch-site", "cross-site").header("x-csrf-token", &browser.csrf), 403),
        (change().header("origin", "https://evil.test").header("x-csrf-token", &browser.csrf), 403),
        (change().header("origin", "https://patron.test").header("x-csrf-token", &browser.csrf), 200),
        (change().header("x-csrf-token", &browser.csrf), 200),
        (change().header("sec-fetch-site", "cross-site").header("authorization", "Bearer mine"), 200),
    ];
    for (number, (request, status)) in table.into_iter().enumerate() {
        let answer = browser.world.send(request).await;
        assert_eq!(answer.status.as_u16(), status, "{number}: {answer:?}");
        if status == 403 {
            assert_eq!(answer.json()["reason"], "CROSS_SITE_REFUSED", "{number}");
        }
    }
    let login = sign_in(PASSWORD).without("sec-fetch-site").header("sec-fetch-site", "cross-site");
    assert_eq!(browser.world.send(login).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_new_password_gives_the_browser_a_new_secret_and_the_page_neither_that_nor_a_token() {
    let browser = Browser::new().await;
    let body = json!({"oldPassword": PASSWORD, "newPassword": "something else altogether"});
    let answer = browser.send(post("/v1/sessions/current:changePassword", body.to_string())).await;
    let (status, body) = (answer.status, answer.json());
    assert_eq!((status, &body["accessToken"], &body["secret"]), (StatusCode::OK, &json!(""), &json!("")));
    let cookie = answer.header("set-cookie").expect("the new secret is the browser's").to_owned();
    assert!(cookie.starts_with("patron=secret-2;"), "{cookie}");
    let request = ask(Method::GET, &format!("/v1/{ADA}"));
    browser.world.send(request.header("cookie", "patron=secret-2")).await;
    assert_eq!(browser.world.profile.get.metadata("authorization").as_deref(), Some("Bearer token-2"));
}

#[tokio::test]
async fn signing_in_again_ends_what_the_old_cookie_stood_for() {
    let browser = Browser::new().await;
    assert_eq!(browser.world.identity.create.latest().previous_secret, "");
    assert_eq!(browser.send(sign_in(PASSWORD)).await.status, StatusCode::CREATED);
    assert_eq!(browser.world.identity.create.latest().previous_secret, "secret-1");
    let foreign = sign_in(PASSWORD).header("cookie", format!("patron={}", "x".repeat(101)));
    assert_eq!(browser.world.send(foreign).await.status, StatusCode::CREATED);
    assert_eq!(browser.world.identity.create.latest().previous_secret, "", "it is no secret of identity's");
}

#[tokio::test]
async fn a_wrong_password_is_tried_once() {
    let browser = Browser::new().await;
    let body = json!({"oldPassword": "wrong", "newPassword": "something else altogether"});
    let answer = browser.send(post("/v1/sessions/current:changePassword", body.to_string())).await;
    assert_eq!((answer.status, browser.world.identity.change.count()), (StatusCode::UNAUTHORIZED, 1));
}

#[tokio::test]
async fn a_browser_sees_its_own_writes() {
    let browser = Browser::new().await;
    let written = browser.send(patch(&format!("/v1/{ADA}"), "{}")).await;
    let cookie = written.header("set-cookie").expect("a cookie");
    let attributes = "; Path=/; Max-Age=30; HttpOnly; SameSite=Strict";
    assert_eq!(cookie, format!("patron-consistency-token=profile/customers/1@8{attributes}"));
    let list =
        ask(Method::GET, "/v1/customers").header("cookie", "patron-consistency-token=profile/customers/1@8");
    browser.send(list).await;
    assert_eq!(
        browser.world.profile.list.metadata("patron-consistency-token").as_deref(),
        Some("profile/customers/1@8")
    );
}
