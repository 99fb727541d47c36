//! JSON and messages, as tables over a message with every kind of field.

mod reading;
mod writing;

use super::{json, path::Path};
use prost_reflect::{DescriptorPool, DynamicMessage, MessageDescriptor};
use protox::file::{ChainFileResolver, File, FileResolver, GoogleFileResolver};

const PROTO: &str = r#"
    syntax = "proto3";
    package test;
    import "google/protobuf/duration.proto";
    import "google/protobuf/field_mask.proto";
    import "google/protobuf/struct.proto";
    import "google/protobuf/timestamp.proto";
    import "google/protobuf/wrappers.proto";

    enum Color { COLOR_UNSPECIFIED = 0; COLOR_RED = 1; COLOR_BLUE = 2; }

    message All {
      string text = 1;
      bytes data = 2;
      bool flag = 3;
      int32 small = 4;
      int64 large = 5;
      uint32 count = 6;
      uint64 total = 7;
      double ratio = 8;
      float share = 9;
      sint64 change = 10;
      fixed32 mark = 11;
      Color color = 12;
      All child = 13;
      repeated All children = 14;
      repeated int32 numbers = 15;
      repeated string tags = 16;
      map<string, int32> sizes = 17;
      map<int32, All> places = 18;
      optional string nick_name = 19;
      oneof choice { string left = 20; int32 right = 21; }
      google.protobuf.Timestamp create_time = 22;
      google.protobuf.Duration wait = 23;
      google.protobuf.FieldMask mask = 24;
      google.protobuf.StringValue wrapped = 25;
      google.protobuf.Struct free = 26;
      repeated Color colors = 27;
    }

    message Few { string text = 1; int32 small = 2; optional int32 maybe = 3; repeated string tags = 4; Few child = 5;
                  string old = 6 [deprecated = true]; }
"#;

struct Source;

impl FileResolver for Source {
    fn open_file(&self, name: &str) -> Result<File, protox::Error> {
        if name == "test.proto" {
            File::from_source(name, PROTO)
        } else {
            Err(protox::Error::file_not_found(name))
        }
    }
}

fn message(name: &str) -> MessageDescriptor {
    let mut resolver = ChainFileResolver::new();
    resolver.add(Source);
    resolver.add(GoogleFileResolver::new());
    let mut compiler = protox::Compiler::with_file_resolver(resolver);
    let set =
        compiler.include_imports(true).open_file("test.proto").expect("a proto").encode_file_descriptor_set();
    DescriptorPool::decode(set.as_slice()).expect("descriptors").get_message_by_name(name).expect("a message")
}

fn read(descriptor: &MessageDescriptor, text: &[u8]) -> Result<DynamicMessage, Vec<(String, String)>> {
    json::read(text, descriptor, Path::default()).map(|object| object.message).map_err(|found| {
        found.into_iter().map(|violation| (violation.field, violation.description)).collect()
    })
}
