//! Which fields of a resource an update writes (AIP-134, AIP-161).

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use patron_proto::{
    behavior::{behaviors, is_time_of_service},
    google::api::FieldBehavior,
};
use prost::{Message, Name};
use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, MapKey, MessageDescriptor, Value};

use crate::{descriptor, path::Path, violation::Violation};

/// Field of update requests that masks come in, for violations.
const MASK: &str = "update_mask";

/// Paths that a mask names at most: several times the fields and map entries of any resource.
const MOST: usize = 1_000;

/// Fields that an update does not write though they are set: they say which resource and which version of it is meant.
const ADDRESSING: [&str; 2] = ["name", "etag"];

/// The fields an update writes, by their paths in the proto: `last_name`, `work_phone.extension`, ``metadata.`a key` ``.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldMask {
    written: BTreeSet<Path>,
    /// Fields that came with the update though nobody may change them; see [`FieldMask::check_fixed`].
    fixed: BTreeSet<Path>,
}

impl FieldMask {
    /// Reads the mask of an update of `resource`, names of fields in `snake_case` or `lowerCamelCase`, keys of maps as they are.
    ///
    /// A missing or empty mask means every field that has a value; `*` every field, so that those without a value are
    /// cleared. Of a field that is named as a whole, parts that only the service writes stay as they are. Violations:
    /// every path that leads to no field, into a repeated one, or beyond the entry of a map; more than 1,000 paths.
    pub fn parse<M: Message + Name>(
        mask: Option<&prost_types::FieldMask>,
        resource: &M,
    ) -> Result<Self, Vec<Violation>> {
        let message = descriptor::of::<M>();
        let resource = descriptor::dynamic(resource);
        let has_value = |field: &FieldDescriptor| resource.has_field(field);
        let mut read = Self { written: BTreeSet::new(), fixed: BTreeSet::new() };
        let paths = mask.map(|mask| mask.paths.as_slice()).unwrap_or_default();
        if paths.is_empty() {
            read.take_implied(message.fields().filter(has_value), has_value);
            return Ok(read);
        }

        if paths.len() > MOST {
            return Err(vec![Violation::new(MASK, format!("names more than {MOST} fields"))]);
        }
        let mut violations = Vec::new();
        for path in paths {
            if path == "*" {
                read.take_implied(message.fields(), has_value);
                continue;
            }
            match Named::resolve(&message, path) {
                Ok(named) => read.take_named(named),
                Err(wrong) => violations.push(wrong),
            }
        }
        if violations.is_empty() { Ok(read) } else { Err(violations) }
    }

    /// Whether the update writes the field, all of it or a part: `work_phone` is contained where the mask names
    /// `work_phone` or `work_phone.extension`, and `work_phone.extension` where it names either.
    pub fn contains(&self, path: &str) -> bool {
        let path = Path::parse(path);
        self.written.iter().any(|written| written.is_within(&path) || path.is_within(written))
    }

    /// The paths written, sorted.
    pub fn paths(&self) -> impl Iterator<Item = String> {
        self.written.iter().map(ToString::to_string)
    }

    /// The fields of the resource that are written, whole or in part, sorted.
    pub fn fields(&self) -> impl Iterator<Item = &str> {
        self.written.iter().filter_map(|path| path.parts().next())
    }

    /// Refuses another value for `IMMUTABLE` and `OUTPUT_ONLY` fields that the mask names or, where it names no fields, that are
    /// set. The value they have passes, so that a resource can be read, edited and sent as a whole. `current` is the resource as
    /// stored, `wanted` as sent.
    pub fn check_fixed<M: Message + Name>(&self, current: &M, wanted: &M) -> Result<(), Vec<Violation>> {
        if self.fixed.is_empty() {
            return Ok(());
        }
        let (current, wanted) = (descriptor::dynamic(current), descriptor::dynamic(wanted));
        let changed = |path: &&Path| value_at(&current, path) != value_at(&wanted, path);
        let violations: Vec<_> = self
            .fixed
            .iter()
            .filter(changed)
            .map(|path| {
                let description = format!(
                    "includes {path}, which cannot be changed and is not what was sent: leave it out, or name the fields to change"
                );
                Violation::new(MASK, description)
            })
            .collect();
        if violations.is_empty() { Ok(()) } else { Err(violations) }
    }

    /// Takes fields that the caller did not name one by one.
    fn take_implied(
        &mut self,
        fields: impl Iterator<Item = FieldDescriptor>,
        has_value: impl Fn(&FieldDescriptor) -> bool,
    ) {
        for field in fields {
            let paths = match Behavior::of(&field) {
                Behavior::Writable => &mut self.written,
                Behavior::Immutable => &mut self.fixed,
                // Left out is not cleared: nobody but the service writes it.
                Behavior::OutputOnly if has_value(&field) && !is_time_of_service(&field) => &mut self.fixed,
                Behavior::OutputOnly | Behavior::Addressing => continue,
            };
            paths.insert(Path::default().field(&field));
        }
    }

    /// Takes what the caller named.
    fn take_named(&mut self, named: Named) {
        match named.behavior {
            Behavior::Writable => drop(self.written.insert(named.path)),
            Behavior::Immutable | Behavior::OutputOnly => drop(self.fixed.insert(named.path)),
            Behavior::Addressing => {}
        }
    }

    /// The written paths, for merging.
    pub(crate) fn written(&self) -> impl Iterator<Item = &Path> {
        self.written.iter()
    }
}

/// What a path that a caller wrote leads to.
struct Named {
    /// The same path, fields by their names in the proto.
    path: Path,
    /// Of the field in it that fewest may write.
    behavior: Behavior,
}

impl Named {
    fn resolve(message: &MessageDescriptor, written: &str) -> Result<Self, Violation> {
        let mut named = Self { path: Path::default(), behavior: Behavior::Writable };
        let mut within = Within::Message(message.clone());
        for part in Path::parse(written).parts() {
            within = match within {
                Within::Message(message) => named.step(&message, part)?,
                Within::Map => {
                    named.path = named.path.key(part);
                    Within::Nothing
                }
                Within::Nothing => {
                    let description = format!("names a part of {}, which has none", named.path);
                    return Err(Violation::new(MASK, description));
                }
            };
        }
        Ok(named)
    }

    /// Goes on to a field of the message that stands at the end of the path.
    fn step(&mut self, message: &MessageDescriptor, name: &str) -> Result<Within, Violation> {
        let field = message.get_field_by_name(name).or_else(|| message.get_field_by_json_name(name));
        let field = field.ok_or_else(|| {
            let place = self.path.to_string();
            let place = if place.is_empty() { message.name() } else { &place };
            Violation::new(MASK, format!("names a field that {place} does not have"))
        })?;
        self.path = self.path.field(&field);
        if self.behavior == Behavior::Writable {
            self.behavior = Behavior::of(&field);
        }
        Ok(match field.kind() {
            Kind::Message(entry) if field.is_map() && entry.map_entry_key_field().kind() == Kind::String => {
                Within::Map
            }
            Kind::Message(inner) if !field.is_list() && !field.is_map() => Within::Message(inner),
            _ => Within::Nothing,
        })
    }
}

/// What the next part of a path can name.
enum Within {
    /// A field of this message.
    Message(MessageDescriptor),
    /// The key of an entry.
    Map,
    /// Nothing: what stands here has no parts.
    Nothing,
}

/// The value at the end of a path that was resolved before; `None` within a message that is not there.
fn value_at(message: &DynamicMessage, path: &Path) -> Option<Value> {
    let mut parts = path.parts();
    let mut value = message.get_field_by_name(parts.next()?)?.into_owned();
    for part in parts {
        value = match value {
            Value::Message(inner) => inner.get_field_by_name(part)?.into_owned(),
            Value::Map(mut entries) => entries.remove(&MapKey::String(part.to_owned()))?,
            _ => return None,
        };
    }
    Some(value)
}

/// Who may write a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Behavior {
    Writable,
    Immutable,
    OutputOnly,
    Addressing,
}

impl Behavior {
    fn of(field: &FieldDescriptor) -> Self {
        let behaviors = behaviors(field);
        if behaviors.contains(&FieldBehavior::Identifier) || ADDRESSING.contains(&field.name()) {
            Self::Addressing
        } else if behaviors.contains(&FieldBehavior::OutputOnly) {
            Self::OutputOnly
        } else if behaviors.contains(&FieldBehavior::Immutable) {
            Self::Immutable
        } else {
            Self::Writable
        }
    }
}
