//! Files: content in several messages.

use crate::world::{World, ask};
use http::{Method, StatusCode};
use http_body_util::BodyExt as _;
use patron_chassis::status::Problem;
use patron_proto::{google::api::HttpBody, profile::v1::customer_export::Format, r#type::v1::Attachment};
use prost_types::Any;

fn begin(file_name: &str) -> HttpBody {
    let attachment = Attachment { file_name: file_name.to_owned() };
    HttpBody {
        content_type: "text/csv; charset=utf-8".to_owned(),
        data: "name\r\n".into(),
        extensions: vec![Any::from_msg(&attachment).expect("a message")],
    }
}

fn rest() -> HttpBody {
    HttpBody { data: "Ada\r\n".into(), ..HttpBody::default() }
}

#[tokio::test]
async fn a_file_comes_as_one_download_with_its_name() {
    let world = World::new();
    *world.profile.parts.lock().expect("a lock") =
        vec![Ok(begin("customers-2026-11-27.csv")), Ok(rest()), Ok(rest())];
    let path = "/v1/customers:export?format=FORMAT_XLSX&columns=number&columns=lastName";
    let answer = world.get(path).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.header("content-type"), Some("text/csv; charset=utf-8"));
    let disposition = answer.header("content-disposition");
    assert_eq!(disposition, Some("attachment; filename=\"customers-2026-11-27.csv\""));
    assert_eq!((answer.header("cache-control"), answer.header("content-length")), (Some("no-store"), None));
    assert_eq!(answer.text(), "name\r\nAda\r\nAda\r\n");
    let asked = world.profile.export.latest();
    assert_eq!((asked.format(), asked.columns), (Format::Xlsx, vec!["number".into(), "lastName".into()]));
}

#[tokio::test]
async fn a_name_that_would_need_quoting_is_left_out() {
    let world = World::new();
    *world.profile.parts.lock().expect("a lock") = vec![Ok(begin("a\"; filename=b.exe"))];
    let answer = world.get("/v1/customers:export").await;
    assert_eq!((answer.status, answer.header("content-disposition")), (StatusCode::OK, None));
}

#[tokio::test]
async fn a_file_that_fails_half_way_breaks_off() {
    let world = World::new();
    *world.profile.parts.lock().expect("a lock") =
        vec![Ok(begin("customers.csv")), Err(Problem::Unavailable.into())];
    let response = world.open(ask(Method::GET, "/v1/customers:export")).await;
    assert_eq!(response.status(), StatusCode::OK);
    assert!(response.into_body().collect().await.is_err(), "it must not be taken for whole");
}

#[tokio::test]
async fn a_file_that_cannot_begin_is_a_problem() {
    let world = World::new();
    *world.profile.parts.lock().expect("a lock") = vec![Err(Problem::Unavailable.into())];
    let answer = world.get("/v1/customers:export").await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(answer.json()["reason"], "UNAVAILABLE");
}
