use super::*;
use patron_proto::{
    address::v1::{Address, AddressUse},
    google::{rpc::ErrorInfo, r#type::Date},
    identity::v1::{Account, account::Status},
    profile::v1::{Customer, customer::AccountType},
    r#type::v1::PhoneNumber,
};
use proptest::{collection::vec, option, prelude::*};
use serde_json::json;

/// `[field, old, new]` of each change; null where there is none.
fn shown(changes: &[FieldChange]) -> Json {
    let value = |value: &Option<prost_types::Value>| value.as_ref().map(to_json).unwrap_or_default();
    changes.iter().map(|it| json!([it.field, value(&it.old), value(&it.new)])).collect()
}

fn phone(number: &str) -> PhoneNumber {
    let (number, formatted) = (number.to_owned(), format!("formatted {number}"));
    PhoneNumber { number, extension: "1".into(), formatted, ..Default::default() }
}

#[test]
fn each_field_that_differs_is_a_change_with_typed_values() {
    let old = Customer {
        name: "customers/1".into(),
        etag: "a".into(),
        number: "100".into(),
        first_name: "Luís".into(),
        account_type: AccountType::Private.into(),
        fax: Some(phone("+551239235566")),
        ..Default::default()
    };
    let new = Customer {
        name: "customers/2".into(),
        etag: "b".into(),
        first_name: "Luis".into(),
        birth_date: Some(Date { year: 1970, month: 2, day: 3 }),
        newsletter: true,
        fax: Some(phone("+551239235567")),
        work_phone: Some(phone("+1")),
        groups: vec!["groups/1".into()],
        ..old.clone()
    };
    let changes = diff(Some(&old), Some(&Customer { account_type: 0, ..new.clone() }));
    let mut expected = vec![
        json!(["first_name", "Luís", "Luis"]),
        json!(["account_type", "ACCOUNT_TYPE_PRIVATE", "ACCOUNT_TYPE_UNSPECIFIED"]),
        json!(["birth_date", null, {"year": 1970, "month": 2, "day": 3}]),
        json!(["newsletter", false, true]),
        json!(["work_phone", null, {"number": "+1", "extension": "1"}]),
        json!(["fax.number", "+551239235566", "+551239235567"]),
    ];
    let by_text = |changes: &mut Vec<Json>| changes.sort_by_key(ToString::to_string);
    let Json::Array(mut shown) = shown(&changes) else { panic!("a list") };
    by_text(&mut shown);
    by_text(&mut expected);
    assert_eq!(shown, expected);
    assert!(diff(Some(&new), Some(&new)).is_empty());
}

#[test]
fn a_resource_that_does_not_exist_has_no_values_and_an_empty_field_has_one() {
    let uses = vec![AddressUse::Billing.into(), AddressUse::Shipping.into()];
    let created = Address { city: "Graz".into(), uses, ..Default::default() };
    let cleared = Address { city: String::new(), ..created.clone() };
    let uses = ["ADDRESS_USE_BILLING", "ADDRESS_USE_SHIPPING"];
    let (made, gone) = (diff(None, Some(&created)), diff(Some(&created), None));
    assert_eq!(shown(&made), json!([["city", null, "Graz"], ["uses", null, uses]]));
    assert_eq!(shown(&diff(Some(&created), Some(&cleared))), json!([["city", "Graz", ""]]));
    assert_eq!(shown(&gone), json!([["city", "Graz", null], ["uses", uses, null]]));
}

#[test]
fn what_only_the_service_writes_is_kept_where_the_contract_says_so() {
    let account = Account {
        username: "luisg".into(),
        status: Status::Active.into(),
        password_set: true,
        last_sign_in_time: Some(prost_types::Timestamp::default()),
        ..Default::default()
    };
    let expected =
        json!([["username", null, "luisg"], ["status", null, "STATUS_ACTIVE"], ["password_set", null, true]]);
    assert_eq!(shown(&diff(None, Some(&account))), expected);
    let customer = Customer { number: "100042".into(), city: "Graz".into(), ..Default::default() };
    assert_eq!(shown(&diff(None, Some(&customer))), json!([["number", null, "100042"]]));
}

#[test]
fn maps_change_by_key() {
    let info = |entries: &[(&str, &str)]| ErrorInfo {
        metadata: entries.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect(),
        ..Default::default()
    };
    let (old, new) = (info(&[("a", "1"), ("b.c", "2")]), info(&[("b.c", "3"), ("`d", "")]));
    let changes = diff(Some(&old), Some(&new));
    let expected =
        json!([["metadata.```d`", null, ""], ["metadata.a", "1", null], ["metadata.`b.c`", "2", "3"],]);
    assert_eq!(shown(&changes), expected);
    let mut state = State::of(&old);
    state.apply(&changes).unwrap();
    assert_eq!(state.read::<ErrorInfo>(), Some(new));
    state.revert(&changes).unwrap();
    state.revert(&diff(None, Some(&old))).unwrap();
    assert_eq!(state, State::empty(descriptor::of::<ErrorInfo>()));
}

#[test]
fn a_change_that_does_not_follow_is_refused_and_changes_nothing() {
    let old = Customer { first_name: "Luís".into(), fax: Some(phone("+1")), ..Default::default() };
    let new = Customer { first_name: "Luis".into(), fax: None, ..Default::default() };
    let changes = diff(Some(&old), Some(&new));
    let mut state = State::of(&new);
    let before = state.clone();
    assert_eq!(state.apply(&changes), Err(Mismatch { field: changes[0].field.clone() }));
    let unknown = FieldChange { field: "fax.number.x".into(), ..Default::default() };
    assert_eq!(state.apply(std::slice::from_ref(&unknown)), Err(Mismatch { field: unknown.field }));
    assert_eq!(state, before);
    state.revert(&changes).unwrap();
    assert_eq!(state, State::of(&old));
}

#[test]
fn a_resource_is_known_by_its_name() {
    let kind =
        |name| State::before(name).map(|it| it.to_message().unwrap().descriptor().full_name().to_owned());
    assert_eq!(kind("customers/1").as_deref(), Some("patron.profile.v1.Customer"));
    assert_eq!(kind("customers/1/addresses/2").as_deref(), Some("patron.address.v1.Address"));
    assert_eq!(kind("customers/1/account").as_deref(), Some("patron.identity.v1.Account"));
    assert_eq!(kind("customers/1/others/2"), None);
}

/// Every resource of the contract, those that come later too.
fn resources() -> Vec<MessageDescriptor> {
    let option = patron_proto::pool().get_extension_by_name("google.api.resource").unwrap();
    patron_proto::pool().all_messages().filter(|it| it.options().has_extension(&option)).collect()
}

/// A state of a resource in which every field may have a value.
fn any_message(message: &MessageDescriptor) -> BoxedStrategy<DynamicMessage> {
    let fields: Vec<FieldDescriptor> = message.fields().collect();
    let values: Vec<_> = fields.iter().map(|field| option::of(any_value(field))).collect();
    let message = message.clone();
    let make = move |values: Vec<Option<Value>>| {
        let mut made = DynamicMessage::new(message.clone());
        for (field, value) in fields.iter().zip(values) {
            // an empty value of a field that is never absent is none
            if let Some(value) =
                value.filter(|it| field.supports_presence() || !it.is_default_for_field(field))
            {
                made.set_field(field, value);
            }
        }
        made
    };
    values.prop_map(make).boxed()
}

fn any_value(field: &FieldDescriptor) -> BoxedStrategy<Value> {
    if field.is_list() {
        vec(any_single(field.kind()), 0..3).prop_map(Value::List).boxed()
    } else if let (true, Kind::Message(entry)) = (field.is_map(), field.kind()) {
        let value = any_single(entry.map_entry_value_field().kind());
        let key = "[a-c.`]{0,2}".prop_map(prost_reflect::MapKey::String);
        proptest::collection::hash_map(key, value, 0..3).prop_map(Value::Map).boxed()
    } else {
        any_single(field.kind())
    }
}

fn any_single(kind: Kind) -> BoxedStrategy<Value> {
    match kind {
        Kind::String => "[a-b\"é]{0,2}".prop_map(Value::String).boxed(),
        Kind::Bool => any::<bool>().prop_map(Value::Bool).boxed(),
        Kind::Int32 => (-2..2).prop_map(Value::I32).boxed(),
        Kind::Int64 => any::<i64>().prop_map(Value::I64).boxed(),
        Kind::Enum(kind) => {
            let numbers: Vec<i32> = kind.values().map(|value| value.number()).collect();
            proptest::sample::select(numbers).prop_map(Value::EnumNumber).boxed()
        }
        // times and values of changes, of which history keeps none
        Kind::Message(part) if part.package_name() == "google.protobuf" => {
            Just(Value::Message(DynamicMessage::new(part))).boxed()
        }
        Kind::Message(part) => any_message(&part).prop_map(Value::Message).boxed(),
        other => panic!("no resource had a field of kind {other:?}: say how one is made up"),
    }
}

/// Some resource, and what it was one after the other. Half of the fields stay from one state to the next.
fn any_life() -> impl Strategy<Value = (MessageDescriptor, Vec<DynamicMessage>)> {
    proptest::sample::select(resources()).prop_flat_map(|message| {
        let states = vec((any_message(&message), vec(any::<bool>(), message.fields().len())), 1..6);
        let life = states.prop_map(|states| {
            let mut life: Vec<DynamicMessage> = Vec::new();
            for (mut state, stays) in states {
                for (field, _) in state.descriptor().fields().zip(stays).filter(|(_, stays)| *stays) {
                    match life.last() {
                        Some(last) if last.has_field(&field) => {
                            state.set_field(&field, last.get_field(&field).into_owned());
                        }
                        _ => state.clear_field(&field),
                    }
                }
                life.push(state);
            }
            life
        });
        (Just(message), life)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn every_state_of_every_resource_is_rebuilt_from_its_changes((message, life) in any_life()) {
        let kept = |state: &DynamicMessage| {
            let mut state = state.clone();
            strip(&mut state);
            state
        };
        let ends = || std::iter::once(None);
        let states: Vec<Option<DynamicMessage>> =
            ends().chain(life.into_iter().map(Some)).chain(ends()).collect();
        let empty = DynamicMessage::new(message.clone());
        let mut state = State::empty(message.clone());
        let steps: Vec<_> = states.windows(2).map(|pair| between(&message, pair[0].clone(), pair[1].clone())).collect();
        for (changes, after) in steps.iter().zip(&states[1..]) {
            state.apply(changes).unwrap();
            prop_assert_eq!(state.to_message().unwrap(), after.as_ref().map_or(empty.clone(), kept));
        }
        for (changes, before) in steps.iter().zip(&states).rev() {
            state.revert(changes).unwrap();
            prop_assert_eq!(state.to_message().unwrap(), before.as_ref().map_or(empty.clone(), kept));
        }
    }
}
