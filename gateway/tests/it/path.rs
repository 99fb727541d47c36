//! Methods and paths, beyond what single RPCs make of them.

use crate::{
    described::DOCUMENT,
    world::{Answer, World, ask},
};
use http::{Method, StatusCode};

/// A path for each that is described, naming resources that do not exist, with its methods.
fn paths() -> Vec<(String, Vec<Method>)> {
    let paths = DOCUMENT["paths"].as_object().expect("paths");
    let described = paths.iter().map(|(template, methods)| {
        let parts = template.split('/').map(|part| match (part.starts_with('{'), part.split_once('}')) {
            (true, Some((_, verb))) => format!("0190f0e0-0000-7000-8000-00000000ffff{verb}"),
            _ => part.to_owned(),
        });
        let methods = methods.as_object().expect("methods").keys();
        let methods = methods.map(|method| method.to_ascii_uppercase().parse().expect("a method"));
        (parts.collect::<Vec<_>>().join("/"), methods.collect())
    });
    described.collect()
}

#[tokio::test]
async fn head_answers_on_every_path_of_get_as_get_does_without_a_body() {
    let world = World::new();
    let mut seen = 0;
    let described = paths().into_iter().filter(|(_, methods)| methods.contains(&Method::GET));
    let pages = ["/", "/docs", "/openapi.json"].map(|page| (page.to_owned(), Vec::new()));
    for (path, _) in described.chain(pages) {
        // a stream is not read to its end, which it has not
        let get = world.open(ask(Method::GET, &path)).await;
        let head = world.send(ask(Method::HEAD, &path)).await;
        assert_eq!((head.status, head.body.len()), (get.status(), 0), "{path}");
        for name in ["content-type", "etag"] {
            assert_eq!(head.headers.get(name), get.headers().get(name), "{path}");
        }
        seen += 1;
    }
    assert!(seen > 20, "{seen}");
}

#[tokio::test]
async fn options_and_405_name_the_methods_of_every_path() {
    let world = World::new();
    for (path, mut methods) in paths() {
        if methods.contains(&Method::GET) {
            methods.push(Method::HEAD);
        }
        methods.push(Method::OPTIONS);
        let options = world.send(ask(Method::OPTIONS, &path)).await;
        let other = world.send(ask(Method::TRACE, &path)).await;
        let statuses = (options.status, other.status);
        assert_eq!(statuses, (StatusCode::NO_CONTENT, StatusCode::METHOD_NOT_ALLOWED), "{path}");
        let mut allowed: Vec<_> = options.header("allow").expect("methods").split(", ").collect();
        assert_eq!(options.header("allow"), other.header("allow"), "{path}");
        allowed.sort_unstable();
        methods.sort_unstable_by_key(|method| method.as_str().to_owned());
        assert_eq!(allowed, methods, "{path}");
    }
}

fn assert_problem(answer: &Answer, status: StatusCode, request: &str) {
    assert_eq!(answer.status, status, "{request}: {answer:?}");
    assert_eq!(answer.header("content-type"), Some("application/problem+json"), "{request}");
    assert_eq!(answer.json()["status"], status.as_u16(), "{request}");
}

#[tokio::test]
async fn a_slash_too_many_leads_nowhere() {
    let world = World::new();
    for (path, methods) in paths() {
        for wrong in [format!("{path}/"), format!("/{path}"), path.replacen("/v1/", "/v1//", 1)] {
            if wrong == path {
                continue;
            }
            let answer = world.send(ask(methods[0].clone(), &wrong)).await;
            assert_problem(&answer, StatusCode::NOT_FOUND, &wrong);
        }
    }
}

#[tokio::test]
async fn what_is_no_percent_encoded_text_is_400_wherever_it_stands() {
    let world = World::new();
    for wrong in [
        "%00",
        "%",
        "%4",
        "%zz",
        "%u0041",
        "%ff",
        "%C3",
        "%c0%af",
        "%e0%80%af",
        "%ed%a0%80",
        "%f8%88%80%80%80",
    ] {
        for path in [
            format!("/{wrong}"),
            format!("/v1/customers/{wrong}"),
            format!("/v1/customers/a{wrong}b/addresses"),
            format!("/v1/{wrong}/1"),
            format!("/v1/customers?query=a{wrong}"),
            format!("/v1/customers?{wrong}=1"),
            format!("/v1/customers?pageSize={wrong}"),
        ] {
            assert_problem(&world.get(&path).await, StatusCode::BAD_REQUEST, &path);
        }
    }
}
