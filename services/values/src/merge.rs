//! What an update makes of a resource.

use prost::{Message, Name};
use prost_reflect::{DynamicMessage, ReflectMessage as _, Value};

use crate::{descriptor, field_mask::FieldMask};

impl FieldMask {
    /// The `current` resource with the fields that this mask writes taken from `wanted`: of a field that `wanted` does not
    /// have, the value goes.
    ///
    /// # Panics
    /// Never: a message is valid by its own descriptor.
    pub fn merge<M: Message + Name + Default>(&self, current: &M, wanted: &M) -> M {
        let (mut merged, wanted) = (descriptor::dynamic(current), descriptor::dynamic(wanted));
        for path in self.paths() {
            let parts: Vec<&str> = path.split('.').collect();
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
    } else if let (Value::Message(inner), Some(from)) =
        (into.get_field_mut(&field), from.get_field(&field).as_message())
    {
        copy(inner, from, rest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use patron_proto::{profile::v1::Customer, r#type::v1::PhoneNumber};

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
}
