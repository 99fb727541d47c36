//! What every proto of Patron must keep to, beyond what buf's lint knows.

use std::collections::BTreeSet;

use patron_proto::{behavior::behaviors, google::api::FieldBehavior};
use prost_reflect::{DescriptorPool, DynamicMessage, FieldDescriptor, Kind, MethodDescriptor, Value};

fn methods() -> impl Iterator<Item = MethodDescriptor> {
    let services = patron_proto::pool().services().filter(|it| it.full_name().starts_with("patron."));
    services.flat_map(|service| service.methods().collect::<Vec<_>>())
}

fn is_internal(method: &MethodDescriptor) -> bool {
    method.parent_service().package_name().contains(".internal.")
}

/// Whether every service serves it, so that no path could say which one is meant. Operations are those of profile over HTTP.
fn is_shared(method: &MethodDescriptor) -> bool {
    let service = method.parent_service();
    service.package_name() == "patron.operation.v1" && service.name() != "OperationService"
}

fn option(method: &MethodDescriptor, name: &str) -> Option<DynamicMessage> {
    let extension = patron_proto::pool().get_extension_by_name(name).expect("the extension is compiled in");
    let options = method.options();
    options
        .has_extension(&extension)
        .then(|| options.get_extension(&extension).as_message().cloned())
        .flatten()
}

fn request_fields() -> Vec<FieldDescriptor> {
    let messages = patron_proto::pool().all_messages().filter(|it| it.full_name().starts_with("patron."));
    messages.flat_map(|message| message.fields().collect::<Vec<_>>()).collect()
}

#[test]
fn every_rpc_says_who_may_call_it_in_exactly_one_way() {
    for method in methods() {
        let access = option(&method, "patron.access.v1.access")
            .unwrap_or_else(|| panic!("{} has no access option", method.full_name()));
        // how long ago a user signed in is no way in
        let ways = access.fields().filter(|(field, _)| field.name() != "step_up");
        assert_eq!(ways.count(), 1, "{}: {access}", method.full_name());
    }
}

#[test]
fn internal_rpcs_are_for_peers_without_http_and_public_ones_have_http() {
    for method in methods() {
        let name = method.full_name().to_owned();
        let for_peers = option(&method, "patron.access.v1.access")
            .is_some_and(|access| access.has_field_by_name("peers"));
        let has_http = option(&method, "google.api.http").is_some();
        assert_eq!(
            is_internal(&method),
            for_peers,
            "{name}: what only peers call stands in an internal package"
        );
        let has_none = is_internal(&method) || is_shared(&method);
        assert_eq!(
            has_none, !has_http,
            "{name}: public RPCs have a path, internal ones and those of all none"
        );
    }
}

#[test]
fn peers_are_processes_of_patron() {
    let packages: BTreeSet<String> =
        methods().map(|method| method.parent_service().package_name().to_owned()).collect();
    for method in methods() {
        let Some(access) = option(&method, "patron.access.v1.access") else { continue };
        let peers = access.get_field_by_name("peers").map(std::borrow::Cow::into_owned);
        for peer in peers.as_ref().and_then(Value::as_list).unwrap_or_default() {
            let name = peer.as_str().expect("a peer is named by a string");
            if name == "*" {
                continue;
            }
            assert!(packages.contains(&format!("patron.{name}.v1")), "{}: {name}", method.full_name());
        }
    }
}

#[test]
fn http_paths_are_of_version_1_and_reads_use_get() {
    for method in methods() {
        let Some(rule) = option(&method, "google.api.http") else { continue };
        let (verb, path) = rule
            .fields()
            .find_map(|(field, value)| {
                Some((field.name().to_owned(), value.as_str()?.to_owned())).filter(|(verb, _)| verb != "body")
            })
            .expect("a rule has a path");
        let name = method.full_name();
        assert!(path.starts_with("/v1/") || path.starts_with("/.well-known/"), "{name}: {path}");
        let reads = method.method_descriptor_proto().options.as_ref().is_some_and(|options| {
            options.idempotency_level() == prost_types::method_options::IdempotencyLevel::NoSideEffects
        });
        assert_eq!(
            reads,
            verb == "get",
            "{name}: what has no side effects is read by GET, and the other way round"
        );
    }
}

#[test]
fn messages_end_in_request_where_callers_send_them_and_only_there() {
    for method in methods() {
        assert!(method.input().name().ends_with("Request"), "{}", method.full_name());
        assert!(!method.output().name().ends_with("Request"), "{}", method.full_name());
    }
}

#[test]
fn every_pattern_of_the_rules_is_anchored_and_compiles() {
    let mut seen = 0;
    for field in request_fields() {
        for pattern in patterns(patron_proto::pool(), &field) {
            assert!(pattern.starts_with('^') && pattern.ends_with('$'), "{}: {pattern}", field.full_name());
            regex::Regex::new(&pattern).unwrap_or_else(|error| panic!("{}: {error}", field.full_name()));
            seen += 1;
        }
    }
    assert!(seen > 20, "the patterns were not found");
}

#[test]
fn every_text_that_callers_write_has_a_limit() {
    for field in request_fields() {
        let message = field.parent_message().full_name().to_owned();
        let written = (message.ends_with("Request") || is_sent(&message)) && !is_output_only(&field);
        if written && matches!(field.kind(), Kind::String) && !message.contains(".internal.") {
            let rules = rules(patron_proto::pool(), &field);
            let text = rules.map(|rules| rules.to_string()).unwrap_or_default();
            let limited = ["max_len", "pattern", "uuid"].iter().any(|rule| text.contains(rule));
            assert!(limited, "{} has neither a maximum length nor a form", field.full_name());
        }
    }
}

#[test]
fn what_is_refused_when_it_is_empty_is_marked_as_required() {
    for field in request_fields() {
        let message = field.parent_message().full_name().to_owned();
        if message.contains(".internal.") || !(message.ends_with("Request") || is_sent(&message)) {
            continue;
        }
        let rules = rules(patron_proto::pool(), &field).map(|rules| rules.to_string()).unwrap_or_default();
        // at least one item or character, or anything at all
        if ["required:", "min_items:", "min_len:"].iter().any(|rule| rules.contains(rule)) {
            let required = behaviors(&field).contains(&FieldBehavior::Required);
            assert!(required, "{}: {rules}", field.full_name());
        }
    }
}

/// Whether callers send the message inside of a public request.
fn is_sent(message: &str) -> bool {
    let holds =
        |field: FieldDescriptor| matches!(field.kind(), Kind::Message(kind) if kind.full_name() == message);
    methods().filter(|method| !is_internal(method)).any(|method| method.input().fields().any(holds))
}

fn is_output_only(field: &FieldDescriptor) -> bool {
    behaviors(field).contains(&FieldBehavior::OutputOnly)
}

fn rules(pool: &DescriptorPool, field: &FieldDescriptor) -> Option<DynamicMessage> {
    let extension = pool.get_extension_by_name("buf.validate.field")?;
    let options = field.options();
    options
        .has_extension(&extension)
        .then(|| options.get_extension(&extension).as_message().cloned())
        .flatten()
}

fn patterns(pool: &DescriptorPool, field: &FieldDescriptor) -> Vec<String> {
    fn walk(message: &DynamicMessage, found: &mut Vec<String>) {
        for (field, value) in message.fields() {
            match value {
                Value::String(pattern) if field.name() == "pattern" => found.push(pattern.clone()),
                Value::Message(inner) => walk(inner, found),
                _ => {}
            }
        }
    }
    let mut found = Vec::new();
    if let Some(rules) = rules(pool, field) {
        walk(&rules, &mut found);
    }
    found
}
