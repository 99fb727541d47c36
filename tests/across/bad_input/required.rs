//! What a body must hold, by the contract, and what the services say.

use http::Method;
use patron_proto::{behavior::behaviors, google::api::FieldBehavior};
use patron_tests::{Answer, Role, Sample, World, contract};
use prost_reflect::{FieldDescriptor, Kind, MessageDescriptor};
use serde_json::{Value, json};

use super::send;

/// The id of nothing.
const NOTHING: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

#[tokio::test]
async fn exactly_what_the_contract_requires_must_be_there() {
    let world = World::shared().await;
    let administrator = world.signed_in(Role::Administrator).await;
    let customer = administrator.create(&Sample::new().json()).await;
    let customer = customer["name"].as_str().expect("a customer has a name");
    let (mut tried, mut wrong) = (0, Vec::new());
    for rpc in contract::rpcs() {
        let Some(message) = rpc.body_message() else { continue };
        let Some((Method::POST, path)) = rpc.http_of_nothing().next() else { continue };
        // Where a customer is looked for before the body is read, there is one.
        let path = path.replace(&format!("customers/{NOTHING}"), customer);
        let whole = least(&message, &rpc.http[0].1);
        let answer = send(&administrator, Method::POST, &path, whole.to_string()).await;
        wrong.extend(needed(&answer).into_iter().map(|field| format!("{path} needs {field} too")));
        for left_out in paths(&whole, "") {
            let mut body = whole.clone();
            remove(&mut body, &left_out);
            let answer = send(&administrator, Method::POST, &path, body.to_string()).await;
            tried += 1;
            // Each of a batch is answered for itself.
            // The message's fields are named by their way from the request, of which the body may be a part.
            let named = |field: &&str| *field == left_out || field.ends_with(&format!(".{left_out}"));
            let refused = answer.status == 400 && answer.wrong_fields().iter().any(named)
                || answer.status == 200 && answer.body["results"][0]["error"].is_object();
            if !refused {
                wrong.push(format!("{path} does without {left_out}: {} {}", answer.status, answer.body));
            }
        }
    }
    assert!(tried > 30, "only {tried} fields were left out");
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Fields that an answer says are needed, whatever the others are.
fn needed(answer: &Answer) -> Vec<String> {
    let violations = answer.body["violations"].as_array().cloned().unwrap_or_default();
    let needed = violations.iter().filter(|violation| violation["description"] == "is needed");
    needed.filter_map(|violation| violation["field"].as_str().map(str::to_owned)).collect()
}

/// What the field policy requires where nobody has changed it.
const BY_POLICY: [&str; 3] = [
    "patron.profile.v1.Customer.first_name",
    "patron.profile.v1.Customer.last_name",
    "patron.profile.v1.Customer.email",
];

/// A body of what the contract requires and nothing else. What the path holds is not in it.
fn least(message: &MessageDescriptor, path: &str) -> Value {
    let needed = message.fields().filter(|field| {
        behaviors(field).contains(&FieldBehavior::Required) || BY_POLICY.contains(&field.full_name())
    });
    let members = needed.filter(|field| !path.contains(&format!("{{{}", field.name()))).map(|field| {
        let value = value(&field);
        (field.json_name().to_owned(), if field.is_list() { json!([value]) } else { value })
    });
    Value::Object(members.collect())
}

/// A value of the form that the contract asks for.
fn value(field: &FieldDescriptor) -> Value {
    match field.kind() {
        Kind::Message(inner) => least(&inner, ""),
        Kind::Enum(descriptor) => descriptor.values().nth(1).expect("an enum has a value").name().into(),
        _ => match (form(field), field.name()) {
            (_, "role") => "roles/viewer".into(),
            (Some(form), _) => form.replace("[0-9a-f-]{36}", NOTHING).into(),
            (None, "group") => format!("groups/{NOTHING}").into(),
            (None, "email") => "least@example.com".into(),
            (None, "country_code") => "GB".into(),
            (None, _) => "least".into(),
        },
    }
}

/// The pattern of a name, without its anchors.
fn form(field: &FieldDescriptor) -> Option<String> {
    let rules = patron_proto::pool().get_extension_by_name("buf.validate.field")?;
    let rules = field.options().get_extension(&rules).to_string();
    let (_, pattern) = rules.split_once("\"^")?;
    Some(pattern.split_once("$\"")?.0.to_owned())
}

/// Paths of the members of a body, as violations name them.
fn paths(body: &Value, at: &str) -> Vec<String> {
    match body {
        Value::Object(members) => {
            let of_member = |(name, value): (&String, &Value)| {
                let path = if at.is_empty() { name.clone() } else { format!("{at}.{name}") };
                let inner = paths(value, &path);
                [path].into_iter().chain(inner).collect::<Vec<_>>()
            };
            members.iter().flat_map(of_member).collect()
        }
        Value::Array(items) => items
            .iter()
            .enumerate()
            .flat_map(|(index, item)| paths(item, &format!("{at}[{index}]")))
            .collect(),
        _ => Vec::new(),
    }
}

fn remove(body: &mut Value, path: &str) {
    let pointer = format!("/{}", path.replace(['.', '['], "/").replace(']', ""));
    let (holder, name) = pointer.rsplit_once('/').expect("it begins with one");
    let holder = body.pointer_mut(holder).and_then(Value::as_object_mut);
    holder.expect("the path is that of a member").remove(name);
}
