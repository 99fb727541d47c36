//! Which fields of a resource an update writes (AIP-134, AIP-161).

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use prost::{Message, Name};
use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, MessageDescriptor, Value};

use crate::{descriptor, violation::Violation};

/// Field of update requests that masks come in, for violations.
const MASK: &str = "update_mask";

/// Fields that an update does not write though they are set: they say which resource and which version of it is meant.
const ADDRESSING: [&str; 2] = ["name", "etag"];

/// The fields an update writes, by their paths in the proto: `last_name`, `work_phone.extension`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldMask {
    written: BTreeSet<String>,
    /// Fields the caller named though nobody may change them; see [`FieldMask::check_fixed`].
    fixed: BTreeSet<String>,
}

impl FieldMask {
    /// Reads the mask of an update of `resource`, paths in `snake_case` or `lowerCamelCase`.
    ///
    /// A missing or empty mask means every field that has a value; `*` every field, so that those without a value are
    /// cleared. Of a field that is named as a whole, parts that only the service writes stay as they are. Violations:
    /// every path that leads to no field, or into a repeated one.
    pub fn parse<M: Message + Name>(
        mask: Option<&prost_types::FieldMask>,
        resource: &M,
    ) -> Result<Self, Vec<Violation>> {
        let message = descriptor::of::<M>();
        let mut read = Self { written: BTreeSet::new(), fixed: BTreeSet::new() };
        let paths = mask.map(|mask| mask.paths.as_slice()).unwrap_or_default();
        if paths.is_empty() {
            let resource = descriptor::dynamic(resource);
            read.imply(message.fields().filter(|field| resource.has_field(field)));
            return Ok(read);
        }

        let mut violations = Vec::new();
        for path in paths {
            if path == "*" {
                read.imply(message.fields());
                continue;
            }
            match resolve(&message, path) {
                Ok(path) => read.name(&path),
                Err(wrong) => violations.push(wrong),
            }
        }
        if violations.is_empty() { Ok(read) } else { Err(violations) }
    }

    /// Whether the update writes the field, all of it or a part: `work_phone` is contained where the mask names
    /// `work_phone` or `work_phone.extension`, and `work_phone.extension` where it names either.
    pub fn contains(&self, path: &str) -> bool {
        self.written.iter().any(|written| is_within(written, path) || is_within(path, written))
    }

    /// The paths written, sorted.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.written.iter().map(String::as_str)
    }

    /// Whether the update writes nothing.
    pub fn is_empty(&self) -> bool {
        self.written.is_empty()
    }

    /// Refuses to change what the mask names and nobody may change: fields that are `IMMUTABLE`, or `OUTPUT_ONLY` and
    /// named one by one. Sent back with the value they have they pass, so that a resource can be read, edited and
    /// sent as a whole. `current` is the resource as stored, `wanted` as sent.
    pub fn check_fixed<M: Message + Name>(&self, current: &M, wanted: &M) -> Result<(), Vec<Violation>> {
        if self.fixed.is_empty() {
            return Ok(());
        }
        let (current, wanted) = (descriptor::dynamic(current), descriptor::dynamic(wanted));
        let changed = |path: &&String| value_at(&current, path) != value_at(&wanted, path);
        let violations: Vec<_> = self
            .fixed
            .iter()
            .filter(changed)
            .map(|path| Violation::new(MASK, format!("names {path}, which cannot be changed")))
            .collect();
        if violations.is_empty() { Ok(()) } else { Err(violations) }
    }

    /// Takes fields that the caller did not name one by one.
    fn imply(&mut self, fields: impl Iterator<Item = FieldDescriptor>) {
        for field in fields {
            let paths = match Behavior::of(&field) {
                Behavior::Writable => &mut self.written,
                Behavior::Immutable => &mut self.fixed,
                Behavior::OutputOnly | Behavior::Addressing => continue,
            };
            paths.insert(field.name().to_owned());
        }
    }

    /// Takes the field at the end of a path that the caller named.
    fn name(&mut self, path: &[FieldDescriptor]) {
        let paths = match path.iter().map(Behavior::of).find(|behavior| *behavior != Behavior::Writable) {
            None => &mut self.written,
            Some(Behavior::Addressing) => return,
            Some(_) => &mut self.fixed,
        };
        paths.insert(joined(path));
    }
}

/// Whether `path` is `whole` or a part of it.
fn is_within(path: &str, whole: &str) -> bool {
    path.strip_prefix(whole).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// The fields along a path.
fn resolve(message: &MessageDescriptor, path: &str) -> Result<Vec<FieldDescriptor>, Violation> {
    let mut fields: Vec<FieldDescriptor> = Vec::new();
    let mut within = Some(message.clone());
    for part in path.split('.') {
        let Some(message) = within else {
            return Err(Violation::new(MASK, format!("names a part of {}, which has none", joined(&fields))));
        };
        let field = message.get_field_by_name(part).or_else(|| message.get_field_by_json_name(part));
        let field = field.ok_or_else(|| {
            let place = if fields.is_empty() { message.name().to_owned() } else { joined(&fields) };
            Violation::new(MASK, format!("names a field that {place} does not have"))
        })?;
        within = match field.kind() {
            Kind::Message(inner) if !field.is_list() && !field.is_map() => Some(inner),
            _ => None,
        };
        fields.push(field);
    }
    Ok(fields)
}

fn joined(path: &[FieldDescriptor]) -> String {
    path.iter().map(FieldDescriptor::name).collect::<Vec<_>>().join(".")
}

/// The value at the end of a path that was resolved before; `None` within a message that is not there.
fn value_at(message: &DynamicMessage, path: &str) -> Option<Value> {
    let (field, rest) = path.split_once('.').map_or((path, None), |(field, rest)| (field, Some(rest)));
    let value = message.get_field_by_name(field)?;
    match rest {
        None => Some(value.into_owned()),
        Some(rest) => value_at(value.as_message()?, rest),
    }
}

/// Who may write a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Behavior {
    Writable,
    Immutable,
    OutputOnly,
    Addressing,
}

/// Numbers of `google.api.FieldBehavior` (AIP-203).
const OUTPUT_ONLY: i32 = 3;
const IMMUTABLE: i32 = 5;
const IDENTIFIER: i32 = 8;

impl Behavior {
    fn of(field: &FieldDescriptor) -> Self {
        let behaviors = behaviors(field);
        if behaviors.contains(&IDENTIFIER) || ADDRESSING.contains(&field.name()) {
            Self::Addressing
        } else if behaviors.contains(&OUTPUT_ONLY) {
            Self::OutputOnly
        } else if behaviors.contains(&IMMUTABLE) {
            Self::Immutable
        } else {
            Self::Writable
        }
    }
}

fn behaviors(field: &FieldDescriptor) -> Vec<i32> {
    let pool = field.parent_pool();
    let Some(extension) = pool.get_extension_by_name("google.api.field_behavior") else {
        return Vec::new();
    };
    let options: DynamicMessage = field.options();
    let value = options.get_extension(&extension);
    value.as_list().into_iter().flatten().filter_map(Value::as_enum_number).collect()
}
