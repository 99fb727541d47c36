//! Who writes a field, by `google.api.field_behavior` (AIP-203).

use crate::google::api::FieldBehavior;
use prost_reflect::{FieldDescriptor, Kind, Value};

/// What the contract says of a field's use; nothing where it says nothing.
pub fn behaviors(field: &FieldDescriptor) -> Vec<FieldBehavior> {
    let Some(option) = field.parent_pool().get_extension_by_name("google.api.field_behavior") else {
        return Vec::new();
    };
    let options = field.options();
    let said = options.get_extension(&option);
    let numbers = said.as_list().into_iter().flatten().filter_map(Value::as_enum_number);
    numbers.filter_map(|number| number.try_into().ok()).collect()
}

/// Whether a field is a time that only the service writes (OUTPUT_ONLY). Such a time moves by itself: a caller who sends an older one
/// sends what was read, and asks for nothing.
pub fn is_time_of_service(field: &FieldDescriptor) -> bool {
    let is_time =
        matches!(field.kind(), Kind::Message(message) if message.full_name() == "google.protobuf.Timestamp");
    is_time && behaviors(field).contains(&FieldBehavior::OutputOnly)
}
