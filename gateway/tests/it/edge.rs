//! What holds for every request and response.

use crate::world::{ADA, World, ask, post};
use http::{Method, StatusCode};

const SHOP: &[(&str, &str)] = &[("PATRON_BROWSER_STOREFRONT_ORIGINS", "https://shop.test")];

#[tokio::test]
async fn every_response_carries_the_security_headers() {
    let world = World::new();
    for path in ["/", "/docs", "/openapi.json", "/v1/customers", "/nowhere"] {
        let answer = world.get(path).await;
        let policy = answer.header("content-security-policy").expect("a policy");
        assert!(policy.starts_with("default-src 'none'; script-src 'self';"), "{path}");
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            (
                "permissions-policy",
                "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), \
                 microphone=(), midi=(), payment=(), publickey-credentials-get=(self), usb=()",
            ),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
            ("strict-transport-security", "max-age=63072000; includeSubDomains"),
        ] {
            assert_eq!(answer.header(name), Some(value), "{path}");
        }
        let kept = if path.starts_with("/v1") || path == "/nowhere" { "no-store" } else { "no-cache" };
        assert_eq!(answer.header("cache-control"), Some(kept), "{path}");
    }
}

#[tokio::test]
async fn pages_hold_nothing_that_the_policy_forbids() {
    let world = World::new();
    for path in ["/", "/docs"] {
        let page = world.get(path).await;
        assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
        for forbidden in ["<script>", "style=", "onclick", "http://", "https://"] {
            assert!(!page.text().contains(forbidden), "{path}: {forbidden}");
        }
        for file in page.text().split('"').filter(|text| text.starts_with('/')) {
            assert_eq!(world.get(file).await.status, StatusCode::OK, "{file}");
        }
    }
    let etag = world.get("/").await.header("etag").expect("an etag").to_owned();
    let again = world.send(ask(Method::GET, "/").header("if-none-match", etag)).await;
    assert_eq!((again.status, again.body.len()), (StatusCode::NOT_MODIFIED, 0));
    assert_eq!(world.send(post("/", "{}")).await.status, StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn a_screen_of_the_console_is_opened_by_its_address_and_what_else_leads_nowhere_is_404() {
    let world = World::new();
    let browser = "text/html,application/xhtml+xml,*/*;q=0.8";
    let console = world.get("/").await;
    let screen = world.send(ask(Method::GET, &format!("/{ADA}/addresses")).header("accept", browser)).await;
    assert_eq!((screen.status, &screen.body), (StatusCode::OK, &console.body));
    for (method, path, accept) in [
        (Method::GET, "/customers", "application/json"),
        (Method::GET, "/v1/nowhere", browser),
        (Method::GET, "/assets/nowhere.js", browser),
        (Method::GET, "/docs/nowhere", browser),
        (Method::POST, "/customers", browser),
    ] {
        let answer = world.send(ask(method, path).header("accept", accept)).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn a_trace_is_honoured_or_begun() {
    let world = World::new();
    let given = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let answer = world.send(ask(Method::GET, "/nowhere").header("traceparent", given)).await;
    assert_eq!(answer.json()["traceId"], "0af7651916cd43dd8448eb211c80319c");
    assert!(
        answer.header("traceparent").expect("a trace").starts_with("00-0af7651916cd43dd8448eb211c80319c-")
    );
    for wrong in ["", "00-00000000000000000000000000000000-b7ad6b7169203331-01"] {
        let begun = world.send(ask(Method::GET, "/v1/customers").header("traceparent", wrong)).await;
        let trace = begun.header("traceparent").expect("a trace");
        assert_eq!(trace.len(), given.len());
        assert!(!trace.contains("00000000000000000000000000000000"));
    }
}

#[tokio::test]
async fn storefronts_may_call_what_customers_may_and_nothing_else() {
    let world = World::with(SHOP);
    let table = [
        ("https://shop.test", "GET", format!("/v1/{ADA}"), true),
        ("https://shop.test", "PATCH", format!("/v1/{ADA}"), true),
        ("https://shop.test", "POST", "/v1/sessions".to_owned(), true),
        ("https://shop.test", "DELETE", format!("/v1/{ADA}"), false),
        ("https://shop.test", "GET", "/v1/staff".to_owned(), false),
        ("https://evil.test", "GET", format!("/v1/{ADA}"), false),
        ("null", "GET", format!("/v1/{ADA}"), false),
    ];
    for (origin, method, path, allowed) in table {
        let preflight = ask(Method::OPTIONS, &path).header("origin", origin);
        let preflight = world.send(preflight.header("access-control-request-method", method)).await;
        let expected = allowed.then_some(origin);
        assert_eq!(preflight.status, StatusCode::NO_CONTENT);
        assert_eq!(preflight.header("access-control-allow-origin"), expected, "{method} {path}");
        assert_eq!(
            preflight.header("access-control-allow-methods"),
            allowed.then_some(method),
            "{method} {path}"
        );
        assert_eq!(preflight.header("access-control-allow-credentials"), None);
        let method = method.parse().expect("a method");
        let answer =
            world.send(ask(method, &path).header("origin", origin).header("authorization", "Bearer x")).await;
        assert_eq!(answer.header("access-control-allow-origin"), expected, "{path}");
        assert_eq!(answer.header("vary"), Some("origin"));
    }
}

#[tokio::test]
async fn a_request_of_two_tokens_or_two_hosts_or_none_is_400_and_no_page_may_ask_for_it() {
    let world = World::with(SHOP);
    let get = || ask(Method::GET, "/v1/customers");
    let preflight = ask(Method::OPTIONS, &format!("/v1/{ADA}")).header("origin", "https://shop.test");
    for (request, field) in [
        (get().header("authorization", "Bearer a").header("authorization", "Bearer b"), "authorization"),
        (get().header("host", "patron.test"), "host"),
        (get().without("host"), "host"),
        (preflight.header("access-control-request-method", "GET").header("host", "evil.test"), "host"),
    ] {
        let answer = world.send(request).await;
        assert_eq!((answer.status, answer.wrong_fields()), (StatusCode::BAD_REQUEST, vec![field.to_owned()]));
    }
    assert_eq!(world.profile.list.count(), 0);
}
