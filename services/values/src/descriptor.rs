//! Descriptors of the messages that generated types hold.

use patron_proto::pool;
use prost::{Message, Name};
use prost_reflect::{DynamicMessage, MessageDescriptor, Value};

/// The descriptor of a message of the contract.
pub(crate) fn of<M: Name>() -> MessageDescriptor {
    let descriptor = pool().get_message_by_name(&M::full_name());
    descriptor.expect("every generated type is in the pool, which is generated with it")
}

/// The same message, its fields by name.
pub(crate) fn dynamic<M: Message + Name>(message: &M) -> DynamicMessage {
    let decoded = DynamicMessage::decode(of::<M>(), message.encode_to_vec().as_slice());
    decoded.expect("an encoded message is valid by its own descriptor")
}

/// The descriptor of the resource that has this name, by the patterns of `google.api.resource`.
pub(crate) fn of_resource(name: &str) -> Option<MessageDescriptor> {
    let option = pool().get_extension_by_name("google.api.resource")?;
    pool().all_messages().find(|message| {
        let options = message.options();
        let resource = options.get_extension(&option);
        let patterns =
            resource.as_message().and_then(|it| Some(it.get_field_by_name("pattern")?.into_owned()));
        let patterns = patterns.as_ref().and_then(Value::as_list).unwrap_or_default();
        patterns.iter().filter_map(Value::as_str).any(|pattern| is_of(name, pattern))
    })
}

/// Whether a name is of a pattern such as `customers/{customer}/addresses/{address}`.
fn is_of(name: &str, pattern: &str) -> bool {
    let (mut name, mut pattern) = (name.split('/'), pattern.split('/'));
    loop {
        match (name.next(), pattern.next()) {
            (None, None) => return true,
            (Some(part), Some(wanted)) if part == wanted || wanted.starts_with('{') && !part.is_empty() => {}
            _ => return false,
        }
    }
}
