use super::{message, read};
use crate::transcode::{schema::Schema, write};
use prost_reflect::{MessageDescriptor, prost::Message as _};

fn written(descriptor: &MessageDescriptor, bytes: &[u8]) -> String {
    let mut schema = Schema::default();
    let id = schema.add(descriptor);
    let mut out = Vec::new();
    write::write(&schema, id, bytes, &mut out).expect("a message");
    String::from_utf8(out).expect("text")
}

#[test]
fn fields_without_presence_are_always_written() {
    let few = message("test.Few");
    assert_eq!(written(&few, &[]), r#"{"text":"","small":0,"tags":[]}"#);
    let set =
        read(&few, br#"{"maybe": 0, "child": {"text": "x"}, "tags": ["a", "b\n"]}"#).expect("a message");
    let expected =
        r#"{"text":"","small":0,"maybe":0,"tags":["a","b\n"],"child":{"text":"x","small":0,"tags":[]}}"#;
    assert_eq!(written(&few, &set.encode_to_vec()), expected);
}

#[test]
fn a_deprecated_field_is_written_where_it_holds_something() {
    let few = message("test.Few");
    let set = read(&few, br#"{"old": "x"}"#).expect("a message");
    assert_eq!(written(&few, &set.encode_to_vec()), r#"{"text":"","small":0,"tags":[],"old":"x"}"#);
}

#[test]
fn what_is_written_is_what_the_reflection_library_writes() {
    let all = message("test.All");
    let options = prost_reflect::SerializeOptions::new().skip_default_fields(false);
    let texts = [
        r#"{"text": "ü\u0001\"", "data": "AP8=", "flag": true, "small": -5, "large": "-9007199254740993"}"#,
        r#"{"count": 7, "total": "18446744073709551615", "ratio": 1.5, "share": 0.1, "change": "-3", "mark": 9}"#,
        r#"{"ratio": "NaN", "share": "-Infinity", "color": "COLOR_BLUE", "colors": ["COLOR_RED", "COLOR_BLUE"]}"#,
        r#"{"child": {"nickName": "", "child": {}}, "children": [{"small": 1}, {}], "numbers": [1, -2], "tags": [""]}"#,
        r#"{"sizes": {"a": 1}, "places": {"-1": {"text": "x"}}, "left": "l"}"#,
        r#"{"createTime": "2026-01-31T12:00:00.250Z", "wait": "1.500s", "mask": "text,nickName", "wrapped": "x"}"#,
        r#"{"free": {"a": [1.0, null, {"b": "c"}]}}"#,
    ];
    for text in texts {
        let message = read(&all, text.as_bytes()).expect("a message");
        let mut expected = Vec::new();
        message
            .serialize_with_options(&mut serde_json::Serializer::new(&mut expected), &options)
            .expect("JSON");
        let mut expected: serde_json::Value = serde_json::from_slice(&expected).expect("JSON");
        drop_nulls(&mut expected);
        let found: serde_json::Value =
            serde_json::from_str(&written(&all, &message.encode_to_vec())).expect("JSON");
        assert_eq!(found, expected, "{text}");
    }
}

/// The library writes null for messages that are absent.
fn drop_nulls(value: &mut serde_json::Value) {
    match value {
        serde_json::Value::Object(members) if !members.contains_key("a") => {
            members.retain(|_, member| !member.is_null());
            members.values_mut().for_each(drop_nulls);
        }
        serde_json::Value::Array(items) => items.iter_mut().for_each(drop_nulls),
        _ => {}
    }
}

#[test]
fn a_message_in_pieces_and_out_of_order_is_put_together() {
    let few = message("test.Few");
    let piece = |text: &str| read(&few, text.as_bytes()).expect("a message").encode_to_vec();
    let bytes = [
        piece(r#"{"child": {"text": "first", "tags": ["a"]}}"#),
        piece(r#"{"small": 1, "text": "x"}"#),
        piece(r#"{"child": {"text": "last", "tags": ["b"]}, "small": 2}"#),
        // a field that the descriptor does not have
        vec![0xf8, 0x07, 0x01],
    ];
    let expected = r#"{"text":"x","small":2,"tags":[],"child":{"text":"last","small":0,"tags":["a","b"]}}"#;
    assert_eq!(written(&few, &bytes.concat()), expected);
}

#[test]
fn bytes_that_are_no_message_are_refused() {
    let few = message("test.Few");
    let mut schema = Schema::default();
    let id = schema.add(&few);
    for bytes in [&b"\x0a\x05abc"[..], b"\x0a\x01\xff", b"\x08\x01", b"\x0b", b"\xff"] {
        assert!(write::write(&schema, id, bytes, &mut Vec::new()).is_err(), "{bytes:?}");
    }
}
