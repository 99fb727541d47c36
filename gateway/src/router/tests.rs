//! Which requests find which route, as tables.

use super::*;

type Pairs = &'static [(&'static str, &'static str)];

const ROUTES: Pairs = &[
    ("GET", "/v1/customers"),
    ("POST", "/v1/customers"),
    ("GET", "/v1/{name=customers/*}"),
    ("PATCH", "/v1/{customer.name=customers/*}"),
    ("POST", "/v1/{name=customers/*}:approve"),
    ("GET", "/v1/{parent=customers/*}/addresses"),
    ("GET", "/v1/{name=customers/*/addresses/*}"),
    ("GET", "/v1/customers/search"),
    ("GET", "/v1/by-id/{id}"),
    ("GET", "/v1/files/{path=**}"),
    ("GET", "/v1/files/{path=**}:meta"),
];

fn router() -> Router<&'static str> {
    let mut router = Router::default();
    for (method, template) in ROUTES {
        let method = method.parse().expect("a method");
        router
            .insert(method, Template::parse(template).expect("a template"), *template)
            .expect("one of its kind");
    }
    router
}

#[test]
fn requests_find_their_route_and_its_values() {
    let table: [(&str, &str, &str, Pairs); 14] = [
        ("GET", "/v1/customers", "/v1/customers", &[]),
        ("GET", "/v1/customers/7", "/v1/{name=customers/*}", &[("name", "customers/7")]),
        ("PATCH", "/v1/customers/7", "/v1/{customer.name=customers/*}", &[("customer.name", "customers/7")]),
        ("POST", "/v1/customers/7:approve", "/v1/{name=customers/*}:approve", &[("name", "customers/7")]),
        (
            "GET",
            "/v1/customers/7/addresses",
            "/v1/{parent=customers/*}/addresses",
            &[("parent", "customers/7")],
        ),
        (
            "GET",
            "/v1/customers/7/addresses/9",
            "/v1/{name=customers/*/addresses/*}",
            &[("name", "customers/7/addresses/9")],
        ),
        ("GET", "/v1/customers/search", "/v1/customers/search", &[]),
        ("GET", "/v1/%63ustomers", "/v1/customers", &[]),
        ("GET", "/v1/by-id/a%2Fb%3Ac", "/v1/by-id/{id}", &[("id", "a/b:c")]),
        ("GET", "/v1/customers/a%2Fb%3Ac%C3%BC", "/v1/{name=customers/*}", &[("name", "customers/a%2Fb:cü")]),
        ("GET", "/v1/customers/%2fb%2Fc", "/v1/{name=customers/*}", &[("name", "customers/%2fb%2Fc")]),
        ("GET", "/v1/files", "/v1/files/{path=**}", &[("path", "")]),
        ("GET", "/v1/files/a/b", "/v1/files/{path=**}", &[("path", "a/b")]),
        ("GET", "/v1/files/a/b:meta", "/v1/files/{path=**}:meta", &[("path", "a/b")]),
    ];
    let router = router();
    for (method, path, route, values) in table {
        match router.find(&method.parse().expect("a method"), path) {
            Ok(Found::Route(found, captures)) => {
                let captures: Vec<_> =
                    captures.iter().map(|capture| (capture.field, capture.value.as_str())).collect();
                assert_eq!((found, captures.as_slice()), (&route, values), "{method} {path}");
            }
            other => panic!("{method} {path}: {other:?}"),
        }
    }
}

#[test]
fn paths_without_a_template_are_not_found() {
    let router = router();
    for path in [
        "",
        "/",
        "/v1",
        "/v1/",
        "/v1/customers/",
        "/v1//7",
        "/v1/customers/7:",
        "/v1/customers/7:erase",
        "/v1/customers:approve",
    ] {
        assert!(matches!(router.find(&Method::GET, path), Ok(Found::Nothing)), "{path}");
    }
}

#[test]
fn a_path_of_other_methods_names_them() {
    let router = router();
    let Ok(Found::OtherMethods(methods)) = router.find(&Method::DELETE, "/v1/customers/7") else {
        panic!("another method")
    };
    assert_eq!(methods, [Method::GET, Method::PATCH]);
}

#[test]
fn malformed_escapes_are_refused() {
    let router = router();
    for path in [
        "/v1/by-id/%",
        "/v1/by-id/%4",
        "/v1/by-id/%zz",
        "/v1/by-id/%ff",
        "/v1/by-id/%00",
        "/v1/by-id/%C3/%BC",
    ] {
        assert_eq!(router.find(&Method::GET, path).err(), Some(MalformedPath), "{path}");
    }
}

#[test]
fn a_second_route_for_the_same_requests_is_refused() {
    let mut router = router();
    let template = Template::parse("/v1/{other=customers/*}").expect("a template");
    assert_eq!(router.insert(Method::GET, template, "other"), Err(Ambiguous));
}
