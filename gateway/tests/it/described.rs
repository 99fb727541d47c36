//! Whether the document that describes the API tells of what is answered.

use http::{Method, StatusCode};
use serde_json::Value;
use std::sync::LazyLock;

/// The document.
pub(crate) static DOCUMENT: LazyLock<Value> = LazyLock::new(|| {
    let document = patron_gateway::openapi::document(patron_proto::pool()).expect("a document");
    serde_json::from_str(&document).expect("JSON")
});

/// Checks that the operation which a request is for, if there is one, can be answered so.
pub(crate) fn check(method: &Method, path: &str, status: StatusCode) {
    let method = if method == Method::HEAD { &Method::GET } else { method };
    let name = method.as_str().to_ascii_lowercase();
    let paths = DOCUMENT["paths"].as_object().expect("paths");
    let operation = paths
        .iter()
        .filter(|(template, _)| is_of(path, template))
        .find_map(|(_, methods)| methods.get(&name));
    let Some(operation) = operation else { return };
    let answers = operation["responses"].as_object().expect("responses");
    assert!(answers.contains_key(status.as_str()), "{method} {path} is not described to answer {status}");
}

/// Whether a path is one of a template such as `/v1/customers/{customer}:overview`.
fn is_of(path: &str, template: &str) -> bool {
    let (path, template) = (path.split('/'), template.split('/'));
    let is_part = |(part, wanted): (&str, &str)| match wanted.split_once('}') {
        Some((_, verb)) => part.strip_suffix(verb).is_some_and(|id| !id.is_empty() && !id.contains(':')),
        None => part == wanted,
    };
    path.clone().count() == template.clone().count() && path.zip(template).all(is_part)
}
