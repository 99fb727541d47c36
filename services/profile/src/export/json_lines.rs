//! A customer as JSON in each line, as the API has it.

use super::{cell::Row, encoder::Page};
use patron_proto::{address::v1::Address, pool, profile::v1::Customer};
use prost::{Message, Name};
use prost_reflect::{DynamicMessage, MessageDescriptor, SerializeOptions};
use serde_json::Serializer;

/// What has no presence is always written: empty then means empty.
const OPTIONS: SerializeOptions = SerializeOptions::new().skip_default_fields(false);

/// Writes such lines.
#[derive(Debug)]
pub(super) struct JsonLines {
    customer: MessageDescriptor,
    address: MessageDescriptor,
    with_addresses: bool,
}

impl JsonLines {
    pub(super) fn new(with_addresses: bool) -> Self {
        Self { customer: descriptor::<Customer>(), address: descriptor::<Address>(), with_addresses }
    }

    pub(super) fn rows(&self, page: &Page, out: &mut Vec<u8>) -> Result<(), serde_json::Error> {
        for Row { customer, addresses, .. } in page.rows() {
            write(&self.customer, &Customer::from(customer), out)?;
            if self.with_addresses {
                // into the object, before its last brace
                out.truncate(out.len() - 1);
                out.extend(b",\"addresses\":[");
                for (place, address) in addresses.iter().enumerate() {
                    if place > 0 {
                        out.push(b',');
                    }
                    write(&self.address, address, out)?;
                }
                out.extend(b"]}");
            }
            out.push(b'\n');
        }
        Ok(())
    }
}

fn descriptor<M: Name>() -> MessageDescriptor {
    pool().get_message_by_name(&M::full_name()).expect("every generated type is in the pool")
}

fn write(
    descriptor: &MessageDescriptor,
    message: &impl Message,
    out: &mut Vec<u8>,
) -> Result<(), serde_json::Error> {
    let message = DynamicMessage::decode(descriptor.clone(), message.encode_to_vec().as_slice());
    let message = message.expect("an encoded message is valid by its own descriptor");
    message.serialize_with_options(&mut Serializer::new(out), &OPTIONS)
}
