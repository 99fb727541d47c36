//! What a request costs in memory, by the cheapest way to ask for much: for every request of the contract, 1 MiB of the shortest
//! items of each of its repeated fields.

use patron_proto::{codec, validate::Validate};
use peak_alloc::PeakAlloc;
use prost::{
    Message,
    encoding::{WireType, encode_key, encode_varint},
};
use prost_reflect::{FieldDescriptor, Kind, MessageDescriptor};
use tonic::Status;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// Longest request, in bytes.
const REQUEST_BYTES: usize = 1024 * 1024;
/// What decoding one may take beside the request itself, in bytes: the items that are allowed, the growth of their lists, and what is
/// wrong with them.
const MOST_BYTES: usize = 24 * 1024 * 1024;

/// Decodes a request as the server does.
type Decode = fn(&[u8]) -> Result<(), Status>;

fn decode<T: Message + Default + Validate>(wire: &[u8]) -> Result<(), Status> {
    codec::read::<T>(wire).map(drop)
}

// `REQUESTS`: the name of every request, and how it is decoded.
include!(concat!(env!("OUT_DIR"), "/requests.rs"));

/// Field numbers from a request down to a repeated field.
fn paths(message: &MessageDescriptor, outer: &[FieldDescriptor], found: &mut Vec<Vec<FieldDescriptor>>) {
    for field in message.fields() {
        let path = [outer, std::slice::from_ref(&field)].concat();
        if let Kind::Message(inner) = field.kind()
            && !outer.iter().any(|seen| seen.full_name() == field.full_name())
        {
            paths(&inner, &path, found);
        }
        if field.is_list() || field.is_map() {
            found.push(path);
        }
    }
}

/// A field that holds these bytes.
fn held(field: &FieldDescriptor, bytes: &[u8]) -> Vec<u8> {
    let mut wire = Vec::new();
    encode_key(field.number(), WireType::LengthDelimited, &mut wire);
    encode_varint(bytes.len() as u64, &mut wire);
    wire.extend_from_slice(bytes);
    wire
}

/// So many bytes of the shortest items of a field.
fn items(field: &FieldDescriptor, bytes: usize) -> Vec<u8> {
    match field.kind() {
        Kind::Message(_) | Kind::String | Kind::Bytes => held(field, &[]).repeat(bytes.div_ceil(2)),
        _ => held(field, &vec![0; bytes]),
    }
}

#[test]
fn no_request_takes_much_more_memory_than_it_is_long() {
    let mut tried = 0;
    for (name, decode) in REQUESTS {
        let message = patron_proto::pool().get_message_by_name(name).expect("it is in the contract");
        let mut found = Vec::new();
        paths(&message, &[], &mut found);
        for path in &found {
            let (field, outer) = path.split_last().expect("a path has a field");
            let wrap = |items| outer.iter().rev().fold(items, |wire: Vec<u8>, field| held(field, &wire));
            // All in one message, and one each in as many messages as there can be.
            let one = wrap(items(field, 1));
            for wire in [wrap(items(field, REQUEST_BYTES)), one.repeat(REQUEST_BYTES / one.len().max(1))] {
                MEMORY.reset_peak_usage();
                let before = MEMORY.current_usage();
                drop(decode(&wire));
                let taken = MEMORY.peak_usage() - before;
                let place: Vec<_> = path.iter().map(FieldDescriptor::name).collect();
                assert!(taken <= MOST_BYTES, "{name}: {} takes {taken} bytes", place.join("."));
                tried += 1;
            }
        }
    }
    assert!(tried > 20, "there are requests with lists");
}
