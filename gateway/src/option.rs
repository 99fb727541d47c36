//! Custom options of the contract, read from the descriptors.

use patron_proto::{
    access::v1::Access,
    google::api::{HttpRule, ResourceDescriptor},
};
use prost::Message;
use prost_reflect::{
    DynamicMessage, FieldDescriptor, MessageDescriptor, MethodDescriptor, ReflectMessage as _, Value,
};
use prost_types::method_options::IdempotencyLevel;

/// Who may call an RPC (`patron.access.v1.access`); none where it does not say.
pub(crate) fn access(rpc: &MethodDescriptor) -> Option<Access> {
    typed(&rpc.options(), "patron.access.v1.access")
}

/// How an RPC is reached over HTTP (`google.api.http`); none where it is not.
pub(crate) fn http(rpc: &MethodDescriptor) -> Option<HttpRule> {
    typed(&rpc.options(), "google.api.http")
}

/// What kind of resource a message is (`google.api.resource`, AIP-123); none where it is none.
pub(crate) fn resource(message: &MessageDescriptor) -> Option<ResourceDescriptor> {
    typed(&message.options(), "google.api.resource")
}

/// The rules of form of a field (`buf.validate.field`); none where it has none.
pub(crate) fn rules(field: &FieldDescriptor) -> Option<DynamicMessage> {
    match value(&field.options(), "buf.validate.field")? {
        Value::Message(rules) => Some(rules),
        _ => None,
    }
}

fn value(options: &DynamicMessage, extension: &str) -> Option<Value> {
    let extension = options.descriptor().parent_pool().get_extension_by_name(extension)?;
    options.has_extension(&extension).then(|| options.get_extension(&extension).into_owned())
}

fn typed<T: Message + Default>(options: &DynamicMessage, extension: &str) -> Option<T> {
    value(options, extension)?.as_message()?.transcode_to().ok()
}

/// Whether an RPC declares that it changes nothing.
pub(crate) fn is_read(rpc: &MethodDescriptor) -> bool {
    let options = rpc.method_descriptor_proto().options.as_ref();
    options.is_some_and(|options| options.idempotency_level() == IdempotencyLevel::NoSideEffects)
}

/// Whether new clients should not use a field any more.
pub(crate) fn is_deprecated(field: &FieldDescriptor) -> bool {
    field.field_descriptor_proto().options.as_ref().is_some_and(prost_types::FieldOptions::deprecated)
}
