//! Old and new value of each field that differs between two states of a resource: what history shows of a change.

use std::{collections::HashMap, sync::LazyLock};

use patron_proto::{event::v1::FieldChange, pool};
use prost::{Message, Name};
use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, MessageDescriptor, ReflectMessage as _, Value};

use crate::descriptor;

/// Values of `google.api.field_behavior` whose fields nobody changes: they are no part of a change.
const OUTPUT_ONLY: i32 = 3;
const INPUT_ONLY: i32 = 4;
const IDENTIFIER: i32 = 8;

/// What differs between `old` and `new`. `None` stands for a resource that does not exist: before its creation, or after
/// its deletion.
///
/// Left out are fields that only the service writes, secrets (INPUT_ONLY), and the etag.
pub fn diff<T: Message + Name + Default>(old: Option<&T>, new: Option<&T>) -> Vec<FieldChange> {
    let dynamic = |message: Option<&T>| descriptor::dynamic(message.unwrap_or(&T::default()));
    let (old, new) = (dynamic(old), dynamic(new));
    let mut changes = Vec::new();
    compare("", &old, &new, &mut changes);
    changes
}

fn compare(prefix: &str, old: &DynamicMessage, new: &DynamicMessage, changes: &mut Vec<FieldChange>) {
    for field in TOLD.get(old.descriptor().full_name()).into_iter().flatten() {
        let (was, is) = (old.get_field(field), new.get_field(field));
        if was == is {
            continue;
        }
        let path = format!("{prefix}{}", field.name());
        match (was.as_message(), is.as_message()) {
            (Some(was), Some(is)) if is.descriptor().package_name().starts_with("patron.") => {
                compare(&format!("{path}."), was, is, changes);
            }
            _ => changes.push(FieldChange {
                field: path,
                old_value: text(field, &was),
                new_value: text(field, &is),
            }),
        }
    }
}

/// The fields of each message whose changes are told. To find that out anew takes longer than to compare.
static TOLD: LazyLock<HashMap<String, Vec<FieldDescriptor>>> = LazyLock::new(|| {
    let fields = |message: MessageDescriptor| message.fields().filter(is_told).collect();
    pool().all_messages().map(|message| (message.full_name().to_owned(), fields(message))).collect()
});

fn is_told(field: &FieldDescriptor) -> bool {
    let Some(extension) = field.parent_pool().get_extension_by_name("google.api.field_behavior") else {
        return true;
    };
    let options = field.options();
    let behaviors = options.get_extension(&extension);
    let untold = |value: &Value| matches!(value, Value::EnumNumber(OUTPUT_ONLY | INPUT_ONLY | IDENTIFIER));
    field.name() != "etag" && !behaviors.as_list().is_some_and(|list| list.iter().any(untold))
}

/// A value for people; empty where there is none.
fn text(field: &FieldDescriptor, value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Bool(on) => on.to_string(),
        Value::I32(number) => number.to_string(),
        Value::I64(number) => number.to_string(),
        Value::EnumNumber(number) => enum_name(field, *number),
        Value::List(items) => items.iter().map(|item| text(field, item)).collect::<Vec<_>>().join(", "),
        Value::Message(message) if message.descriptor().full_name() == "google.type.Date" => date(message),
        other => format!("{other}"),
    }
}

/// The name of an enum value without the prefix that all of them share; empty for the unspecified one.
fn enum_name(field: &FieldDescriptor, number: i32) -> String {
    let Kind::Enum(kind) = field.kind() else { return number.to_string() };
    let prefix = kind
        .values()
        .next()
        .map(|first| first.name().trim_end_matches("UNSPECIFIED").to_owned())
        .unwrap_or_default();
    match kind.get_value(number) {
        Some(value) if number != 0 => value.name().strip_prefix(&prefix).unwrap_or(value.name()).to_owned(),
        _ => String::new(),
    }
}

/// ISO 8601; empty for no date.
fn date(date: &DynamicMessage) -> String {
    let part = |name| date.get_field_by_name(name).and_then(|value| value.as_i32()).unwrap_or_default();
    match (part("year"), part("month"), part("day")) {
        (0, 0, 0) => String::new(),
        (year, month, day) => format!("{year:04}-{month:02}-{day:02}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use patron_proto::{
        address::v1::{Address, AddressUse},
        google::r#type::Date,
        profile::v1::{Customer, customer::AccountType},
        r#type::v1::PhoneNumber,
    };

    fn told(changes: &[FieldChange]) -> Vec<String> {
        changes.iter().map(|it| format!("{}: {} -> {}", it.field, it.old_value, it.new_value)).collect()
    }

    #[test]
    fn each_field_that_differs_is_told_with_old_and_new_value() {
        let old = Customer {
            name: "customers/1".into(),
            etag: "a".into(),
            number: "100".into(),
            first_name: "Luís".into(),
            account_type: AccountType::Private.into(),
            fax: Some(PhoneNumber {
                number: "+551239235566".into(),
                extension: "1".into(),
                ..Default::default()
            }),
            ..Default::default()
        };
        let new = Customer {
            name: "customers/2".into(),
            etag: "b".into(),
            number: "101".into(),
            first_name: "Luis".into(),
            birth_date: Some(Date { year: 1970, month: 2, day: 3 }),
            newsletter: true,
            fax: Some(PhoneNumber {
                number: "+551239235567".into(),
                extension: "1".into(),
                ..Default::default()
            }),
            ..Default::default()
        };
        assert_eq!(
            told(&diff(Some(&old), Some(&new))),
            [
                "first_name: Luís -> Luis",
                "account_type: PRIVATE -> ",
                "birth_date:  -> 1970-02-03",
                "newsletter: false -> true",
                "fax.number: +551239235566 -> +551239235567",
            ]
        );
    }

    #[test]
    fn a_new_resource_differs_in_what_it_has() {
        let uses = vec![AddressUse::Billing.into(), AddressUse::Shipping.into()];
        let new = Address { city: "Graz".into(), uses, ..Default::default() };
        let changes = diff(None, Some(&new));
        assert_eq!(told(&changes), ["city:  -> Graz", "uses:  -> BILLING, SHIPPING"]);
        assert!(diff(Some(&new), Some(&new)).is_empty());
    }
}
