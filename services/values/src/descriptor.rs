//! Descriptors of the messages that generated types hold.

use patron_proto::pool;
use prost::{Message, Name};
use prost_reflect::{DynamicMessage, MessageDescriptor};

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
