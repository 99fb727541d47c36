//! Every field of every body, with values that it cannot have.

use super::send;
use patron_tests::{Caller, Role, World, contract};
use prost_reflect::{FieldDescriptor, Kind, MessageDescriptor};
use reqwest::StatusCode;

/// Messages that JSON writes as text.
const AS_TEXT: [&str; 2] = ["google.protobuf.Timestamp", "google.protobuf.FieldMask"];

#[tokio::test]
async fn no_value_of_any_field_is_a_fault_of_ours() {
    let world = World::shared().await;
    let administrator = world.signed_in(Role::Administrator).await;
    let (mut sent, mut wrong) = (0, Vec::new());
    for rpc in contract::rpcs() {
        let Some(message) = rpc.body_message() else { continue };
        for (method, path) in rpc.http_of_nothing() {
            for (body, must_be_400) in bodies(&message, 0) {
                let answer = send(&administrator, method.clone(), &path, body.clone()).await;
                sent += 1;
                let refused = if must_be_400 {
                    answer.status == StatusCode::BAD_REQUEST
                } else {
                    !answer.status.is_server_error()
                };
                if !refused {
                    wrong.push(format!(
                        "{method} {path} {}: {} {}",
                        shortened(&body),
                        answer.status,
                        answer.body
                    ));
                }
            }
        }
    }
    assert!(sent > 500, "only {sent} bodies were sent");
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test]
async fn no_value_of_any_parameter_is_a_fault_of_ours() {
    let world = World::shared().await;
    let administrator = world.signed_in(Role::Administrator).await;
    let mut wrong = Vec::new();
    for rpc in
        contract::rpcs().into_iter().filter(|rpc| rpc.body != "*" && !rpc.descriptor.is_server_streaming())
    {
        for (method, path) in rpc.http_of_nothing() {
            for field in rpc.descriptor.input().fields() {
                for value in ["%00", "%ff", "%F0%9F%92%A9", "-1", "1e99", &"x".repeat(3000)] {
                    let path = format!("{path}?{}={value}", field.json_name());
                    let status = probe(&administrator, &method, &path, &rpc.body).await;
                    if status.is_server_error() {
                        wrong.push(format!("{method} {path:.200}: {status}"));
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

async fn probe(caller: &Caller<'_>, method: &http::Method, path: &str, body: &str) -> StatusCode {
    if body.is_empty() {
        caller.send(caller.request(method.clone(), path)).await.status
    } else {
        send(caller, method.clone(), path, "{}").await.status
    }
}

/// Bodies with one value each that is wrong, and whether that is certain whatever the rest of the request is.
fn bodies(message: &MessageDescriptor, depth: usize) -> Vec<(String, bool)> {
    let mut all = Vec::new();
    for field in message.fields() {
        let wrap = |value: &str| {
            if field.is_list() {
                format!(r#"{{"{}": [{value}]}}"#, field.json_name())
            } else {
                format!(r#"{{"{}": {value}}}"#, field.json_name())
            }
        };
        for &(value, certain) in values(&field) {
            all.push((wrap(value), certain));
        }
        if field.is_list() {
            all.push((format!(r#"{{"{}": "no list"}}"#, field.json_name()), true));
        }
        if let (Kind::Message(inner), true) = (field.kind(), depth < 3)
            && !AS_TEXT.contains(&inner.full_name())
        {
            all.extend(bodies(&inner, depth + 1).into_iter().map(|(body, certain)| (wrap(&body), certain)));
        }
    }
    all.push((r#"{"noSuchField": 1}"#.to_owned(), true));
    all
}

/// Wrong values of a field. What only the service writes is not looked at, so a text there is wrong for its type alone.
fn values(field: &FieldDescriptor) -> &'static [(&'static str, bool)] {
    match field.kind() {
        Kind::String => &[
            ("7", true),
            ("{}", true),
            (r#""\ud800""#, true),
            (r#""\u0000""#, false),
            (r#""\u202e\ufeff\u0007""#, false),
            (r#""💩""#, false),
        ],
        Kind::Enum(_) => &[(r#""NO_SUCH_VALUE""#, true), ("{}", true), ("987654", false), ("-1", false)],
        Kind::Bool => &[("7", true), (r#""yes""#, true)],
        Kind::Int32 | Kind::Int64 => {
            &[(r#""many""#, true), ("1e99", true), ("1.5", true), ("-2147483648", false)]
        }
        Kind::Message(_) => &[("7", true), (r#""\u0000""#, true)],
        _ => &[],
    }
}

fn shortened(body: &str) -> String {
    body.chars().take(120).collect()
}
