//! Where what people say must not turn up.

use http::{Method, StatusCode};
use patron_local::{
    mesh::own_address,
    postgres::{Options, Postgres},
};
use patron_tests::{Role, World};
use serde_json::{Value, json};

/// Stands in everything that is said here, in no case that is changed on the way.
const MARK: &str = "zzmarkzz";

#[tokio::test]
async fn nothing_that_a_request_says_is_in_the_log_of_postgres() {
    let address = own_address().unwrap();
    let options = Options { address, port: 0, durable: false };
    let postgres = Postgres::start_temporary(&options).await.unwrap();
    let world = World::start(|options| options.server = postgres.url().clone()).await;
    let administrator = world.signed_in(Role::Administrator).await;
    let mark = |rest: &str| format!("{MARK}{rest}");
    let email = |number: u32| mark(&format!("{number}@example.com"));
    let customer = |number: u32, username: &str| {
        json!({"customer": {"firstName": mark("Ada"), "lastName": mark("Lovelace"), "email": email(number), "externalId": mark("7")},
            "account": {"username": mark(username), "password": "a-long-and-unusual-one"}})
    };
    let staff = json!({"staff": {"username": mark("s"), "displayName": mark("Sue"), "email": email(9), "role": "roles/support"},
        "password": "a-long-and-unusual-one"});
    let asked: [(&str, Value); 7] = [
        ("customers", customer(1, "ada")),
        ("customers", customer(1, "bob")),
        ("customers", customer(2, "ada")),
        ("groups", json!({"displayName": mark("Gold")})),
        ("groups", json!({"displayName": mark("gold")})),
        ("staff", staff.clone()),
        ("staff", staff),
    ];
    let mut taken = Vec::new();
    for (path, body) in asked {
        let request = administrator.request(Method::POST, &format!("/v1/{path}")).json(&body);
        let status = administrator.send(request).await.status;
        assert!(status.is_success() || status == StatusCode::CONFLICT, "{path}: {status}");
        taken.push(status == StatusCode::CONFLICT);
    }
    assert_eq!(taken, [false, true, true, false, true, false, true]);
    for path in [
        format!("/v1/customers?query={MARK}%00"),
        format!("/v1/customers?filter=email%3D{MARK}"),
        format!("/v1/customers?pageToken={MARK}"),
    ] {
        administrator.get(&path).await;
    }
    world.end().await;
    let log = std::fs::read_to_string(postgres.log()).unwrap();
    assert!(log.contains("ready to accept connections"), "it is the log");
    let lines: Vec<&str> = log.lines().filter(|line| line.contains(MARK)).collect();
    assert!(lines.is_empty(), "{lines:#?}");
    assert!(
        !log.contains("duplicate key value"),
        "statements look before they run into a constraint:\n{log}"
    );
    postgres.stop().await.unwrap();
}
