//! Every RPC of every process, with messages that are none.

use patron_local::service::SERVICES;
use patron_tests::{Role, World, contract, contract::Rpc, wire};
use prost::encoding::{WireType, encode_key, encode_varint};
use prost_reflect::{Kind, MessageDescriptor};
use tonic::{Code, Status, transport::Channel};

#[tokio::test]
async fn messages_that_cannot_be_read_are_invalid_arguments() {
    let world = World::shared().await;
    let mut wrong = Vec::new();
    for (rpc, process) in served() {
        let (channel, token) = allowed(world, &rpc, process).await;
        let unreadable: [(&str, Vec<u8>); 5] = [
            ("a field without end", vec![0x0a, 0x05, b'a']),
            ("a number without end", vec![0xff; 11]),
            ("a field with number 0", vec![0x02, 0x00]),
            ("groups in groups", [0x7b; 400].to_vec()),
            ("a wire type that there is not", vec![0x0f]),
        ];
        for (what, message) in unreadable {
            let code = code(channel.clone(), token.as_deref(), &rpc, message).await;
            if code != Code::InvalidArgument {
                wrong.push(format!("{what} for {} at {process}: {code:?}", rpc.name()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test]
async fn texts_that_are_none_are_invalid_arguments() {
    let world = World::shared().await;
    let mut wrong = Vec::new();
    for (rpc, process) in served() {
        let (channel, token) = allowed(world, &rpc, process).await;
        for (field, message) in with_text(&rpc.descriptor.input(), b"\xff\xfe", 0) {
            let code = code(channel.clone(), token.as_deref(), &rpc, message).await;
            if code != Code::InvalidArgument {
                wrong.push(format!("no UTF-8 in {field} of {} at {process}: {code:?}", rpc.name()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test]
async fn a_message_longer_than_a_mebibyte_is_refused_as_such() {
    let world = World::shared().await;
    for (rpc, process) in served() {
        let (channel, token) = allowed(world, &rpc, process).await;
        let code = code(channel, token.as_deref(), &rpc, vec![0x0a; 1024 * 1024 + 1]).await;
        let refused = matches!(code, Code::OutOfRange | Code::ResourceExhausted | Code::InvalidArgument);
        assert!(refused, "{} at {process}: {code:?}", rpc.name());
    }
}

#[tokio::test]
async fn an_rpc_that_there_is_not_is_unimplemented() {
    let world = World::shared().await;
    let administrator = world.signed_in(Role::Administrator).await;
    for service in SERVICES {
        let channel = world.channel(service.name).await;
        for path in ["/patron.profile.v1.CustomerService/Explode", "/nothing", "/a/b/c"] {
            let status =
                wire::call(channel.clone(), administrator.token(), path, Vec::new()).await.unwrap_err();
            assert_eq!(status.code(), Code::Unimplemented, "{path} at {}", service.name);
        }
    }
}

/// Patron's RPCs with the process that serves each: deliveries of events, operations and dead letters with every process, and
/// snapshots with every one but activity, which publishes nothing.
fn served() -> Vec<(Rpc, &'static str)> {
    let mut all = Vec::new();
    for rpc in contract::rpcs() {
        let package = rpc.descriptor.parent_file().package_name().to_owned();
        for service in SERVICES {
            let publishes = service.name != "activity" || rpc.descriptor.name() != "ListSnapshots";
            if package.starts_with(&format!("patron.{}.", service.name))
                || package == "patron.event.internal.v1" && publishes
                || package == "patron.operation.v1"
            {
                all.push((rpc.clone(), service.name));
            }
        }
    }
    all
}

/// A connection, with a token where one is needed, that gets past authentication and permission.
async fn allowed(world: &World, rpc: &Rpc, process: &str) -> (Channel, Option<String>) {
    if let Some(peer) = rpc.peers().iter().find(|peer| *peer != process) {
        (world.channel_with(process, &world.mesh().authority().identity(peer)), None)
    } else {
        let administrator = world.signed_in(Role::Administrator).await;
        (world.channel(process).await, administrator.token().map(str::to_owned))
    }
}

async fn code(channel: Channel, token: Option<&str>, rpc: &Rpc, message: Vec<u8>) -> Code {
    let answer: Result<_, Status> = wire::call(channel, token, &rpc.path(), message).await;
    answer.map_or_else(|status| status.code(), |_| Code::Ok)
}

/// A message for each text in it, which holds these bytes; named by their paths.
fn with_text(message: &MessageDescriptor, bytes: &[u8], depth: usize) -> Vec<(String, Vec<u8>)> {
    let mut all = Vec::new();
    for field in message.fields() {
        let wrap = |content: &[u8]| {
            let mut message = Vec::new();
            encode_key(field.number(), WireType::LengthDelimited, &mut message);
            encode_varint(content.len() as u64, &mut message);
            message.extend(content);
            message
        };
        match field.kind() {
            Kind::String => all.push((field.name().to_owned(), wrap(bytes))),
            Kind::Message(inner) if depth < 4 => {
                let inner = with_text(&inner, bytes, depth + 1).into_iter();
                all.extend(inner.map(|(path, content)| (format!("{}.{path}", field.name()), wrap(&content))));
            }
            _ => {}
        }
    }
    all
}
