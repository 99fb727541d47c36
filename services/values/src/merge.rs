//! What an update makes of a resource.

use prost::{Message, Name};
use prost_reflect::{DynamicMessage, MapKey, ReflectMessage as _, Value};

use crate::{descriptor, field_mask::FieldMask};

impl FieldMask {
    /// The `current` resource with the fields that this mask writes taken from `wanted`: of a field that `wanted` does not
    /// have, the value goes.
    ///
    /// # Panics
    /// Never: a message is valid by its own descriptor.
    pub fn merge<M: Message + Name + Default>(&self, current: &M, wanted: &M) -> M {
        let (mut merged, wanted) = (descriptor::dynamic(current), descriptor::dynamic(wanted));
        for path in self.written() {
            let parts: Vec<&str> = path.parts().collect();
            copy(&mut merged, &wanted, &parts);
        }
        merged.transcode_to().expect("a message is valid by its own descriptor")
    }
}

fn copy(into: &mut DynamicMessage, from: &DynamicMessage, path: &[&str]) {
    let Some((name, rest)) = path.split_first() else { return };
    let Some(field) = into.descriptor().get_field_by_name(name) else { return };
    if rest.is_empty() {
        if from.has_field(&field) {
            into.set_field(&field, from.get_field(&field).into_owned());
        } else {
            into.clear_field(&field);
        }
        return;
    }
    let from = from.get_field(&field);
    match (into.get_field_mut(&field), &*from) {
        (Value::Message(inner), Value::Message(from)) => copy(inner, from, rest),
        (Value::Map(entries), Value::Map(from)) => {
            let key = MapKey::String(rest.concat());
            match from.get(&key) {
                Some(value) => drop(entries.insert(key, value.clone())),
                None => drop(entries.remove(&key)),
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use patron_proto::{google::rpc::ErrorInfo, profile::v1::Customer, r#type::v1::PhoneNumber};

    fn merged(paths: &[&str], wanted: &Customer) -> Customer {
        let fax = PhoneNumber { number: "+4953".into(), extension: "7".into(), ..Default::default() };
        let current = Customer {
            first_name: "Luís".into(),
            company: "Embraer".into(),
            fax: Some(fax),
            ..Default::default()
        };
        let mask = prost_types::FieldMask { paths: paths.iter().map(ToString::to_string).collect() };
        FieldMask::parse(Some(&mask), wanted).unwrap().merge(&current, wanted)
    }

    #[test]
    fn only_what_the_mask_names_is_taken() {
        let wanted =
            Customer { first_name: "Luis".into(), last_name: "Gonçalves".into(), ..Default::default() };
        let customer = merged(&["first_name", "company"], &wanted);
        assert_eq!((customer.first_name.as_str(), customer.last_name.as_str()), ("Luis", ""));
        assert_eq!(customer.company, "", "named and without a value");
        assert!(customer.fax.is_some());
    }

    #[test]
    fn a_part_of_a_field_leaves_its_other_parts() {
        let fax = PhoneNumber { extension: "8".into(), ..Default::default() };
        let wanted = Customer { fax: Some(fax), ..Default::default() };
        let fax = merged(&["fax.extension"], &wanted).fax.unwrap();
        assert_eq!((fax.number.as_str(), fax.extension.as_str()), ("+4953", "8"));
    }

    #[test]
    fn an_entry_of_a_map_is_merged_by_its_key() {
        let info = |entries: &[(&str, &str)]| ErrorInfo {
            metadata: entries.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect(),
            ..Default::default()
        };
        let (current, wanted) =
            (info(&[("a", "1"), ("b.c", "2"), ("d", "3")]), info(&[("b.c", "4"), ("e", "5")]));
        for (path, expected) in [
            ("metadata.a", info(&[("b.c", "2"), ("d", "3")])),
            ("metadata.`b.c`", info(&[("a", "1"), ("b.c", "4"), ("d", "3")])),
            ("metadata.e", info(&[("a", "1"), ("b.c", "2"), ("d", "3"), ("e", "5")])),
            ("metadata", wanted.clone()),
        ] {
            let mask = prost_types::FieldMask { paths: vec![path.to_owned()] };
            let mask = FieldMask::parse(Some(&mask), &wanted).unwrap();
            assert_eq!(mask.merge(&current, &wanted), expected, "{path}");
        }
    }
}
