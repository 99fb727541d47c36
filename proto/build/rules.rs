//! Writes `impl Validate` for every message of the contract, from its `buf.validate` options.
//!
//! A rule that is used in a proto and not known here stops the build, so no rule is ever
//! declared and not checked.

use prost_reflect::{
    Cardinality, DescriptorPool, DynamicMessage, FieldDescriptor, FileDescriptor, Kind, MessageDescriptor,
    Value,
};
use std::{collections::HashSet, fmt::Write as _};

#[path = "shapes.rs"]
mod shapes;
pub(crate) use shapes::requests;

/// Rust source with one `impl Validate` per message of `patron.*`.
pub(crate) fn generate(pool: &DescriptorPool) -> String {
    let mut code = String::new();
    let ours =
        |message: &MessageDescriptor| message.full_name().starts_with("patron.") && !message.is_map_entry();
    let messages: Vec<_> = pool.all_messages().filter(ours).collect();
    let requests = shapes::of_requests(messages.iter());
    for message in &messages {
        write_message(&mut code, message, &requests);
    }
    code
}

fn write_message(code: &mut String, message: &MessageDescriptor, requests: &HashSet<String>) {
    let is_request = message.name().ends_with("Request");
    let mut checks = String::new();
    for field in message.fields().filter(|field| !is_output_only(field)) {
        checks.push_str(&field_checks(&field));
    }
    let old = message.fields().any(|field| {
        let options = field.field_descriptor_proto().options.as_ref();
        options.is_some_and(prost_types::FieldOptions::deprecated)
    });
    let attribute =
        if old { "#[expect(deprecated, reason = \"what old callers send is checked, too\")]\n" } else { "" };
    let check = if checks.is_empty() { "_check" } else { "check" };
    let shape = shapes::write(code, message, requests);
    let _ = writeln!(
        code,
        "{attribute}impl Validate for {path} {{\n    const IS_REQUEST: bool = {is_request};\n    \
         const SHAPE: &'static Shape = {shape};\n    \
         fn validate(&self, {check}: &mut Check) {{\n{checks}    }}\n}}",
        path = rust_path(message.name(), message.parent_message(), &message.parent_file()),
    );
}

fn field_checks(field: &FieldDescriptor) -> String {
    let rules = Rules::of(field);
    let name = field.name();
    let access = format!("self.{}", rust_field(name));
    let mut code = String::new();
    if let Some(oneof) = field.containing_oneof().filter(|oneof| {
        !oneof.fields().all(|only| only.supports_presence() && only.number() == field.number())
    }) {
        assert!(
            rules.is_empty(),
            "{}: rules inside the oneof {} are not supported",
            field.full_name(),
            oneof.name()
        );
        return code;
    }
    if field.is_map() {
        assert!(rules.is_empty(), "{}: rules on maps are not supported", field.full_name());
        return code;
    }
    if field.is_list() {
        if rules.min_items.is_some() || rules.max_items.is_some() {
            let (min, max) = (
                rules.min_items.unwrap_or(0),
                rules.max_items.map_or("usize::MAX".to_owned(), |max| max.to_string()),
            );
            let _ = writeln!(code, "        check.items(\"{name}\", {access}.len(), {min}, {max});");
        }
        if rules.unique {
            let _ = writeln!(code, "        check.unique(\"{name}\", &{access});");
        }
        let one = value_check(field, rules.items.as_deref().unwrap_or(&Rules::default()), "item", "");
        if !one.is_empty() {
            let _ = writeln!(
                code,
                "        for (index, item) in {access}.iter().enumerate() {{\n            \
                 check.at_index(\"{name}\", index, |check| {{\n    {one}            }});\n        }}"
            );
        }
        return code;
    }
    if rules.required {
        let empty = match field.kind() {
            Kind::Message(_) => format!("{access}.is_none()"),
            Kind::String | Kind::Bytes => format!("{access}.is_empty()"),
            Kind::Enum(_) | Kind::Int32 | Kind::Int64 => format!("{access} == 0"),
            other => panic!("{}: `required` on {other:?} is not supported", field.full_name()),
        };
        let _ = writeln!(code, "        if {empty} {{ check.violation(\"{name}\", \"is needed\"); }}");
    }
    let one = value_check(field, &rules, &access, name);
    if matches!(field.kind(), Kind::Message(_)) {
        if !one.is_empty() {
            let _ = writeln!(
                code,
                "        if let Some(item) = &{access} {{\n            check.within(\"{name}\", |check| {{ {} }});\n        }}",
                one.replace(&access, "item")
            );
        }
    } else if rules.ignore_empty || rules.required {
        if rules.has_value_rules() {
            let empty = if matches!(field.kind(), Kind::String | Kind::Bytes) {
                format!("!{access}.is_empty()")
            } else {
                format!("{access} != 0")
            };
            let _ = writeln!(code, "        if {empty} {{\n    {one}        }}");
        } else {
            code.push_str(&one);
        }
    } else {
        code.push_str(&one);
    }
    code
}

/// Checks of one value reached by `access`, reported under `name` (empty inside a list).
fn value_check(field: &FieldDescriptor, rules: &Rules, access: &str, name: &str) -> String {
    let reference = if access == "item" { access.to_owned() } else { format!("&{access}") };
    let number = if access == "item" { format!("*{access}") } else { access.to_owned() };
    match field.kind() {
        _ if rules.ignore_always => String::new(),
        Kind::String => {
            let limits = format!(
                "Text {{ min_len: {}, max_len: {}, pattern: {}, uuid: {} }}",
                rules.min_len.unwrap_or(0),
                rules.max_len.map_or("usize::MAX".to_owned(), |max| max.to_string()),
                rules.pattern.as_deref().map_or("None".to_owned(), |pattern| {
                    format!("Some({{ static PATTERN: LazyLock<Regex> = LazyLock::new(|| pattern({pattern:?})); &PATTERN }})")
                }),
                rules.uuid,
            );
            format!("        check.text(\"{name}\", {reference}, &{limits});\n")
        }
        Kind::Bytes => rules.max_len.map_or(String::new(), |max| format!("        check.bytes(\"{name}\", {access}.len(), {max});\n")),
        Kind::Int32 | Kind::Int64 if rules.gte.is_some() || rules.lte.is_some() => format!(
            "        check.number(\"{name}\", i64::from({number}), {}, {});\n",
            rules.gte.map_or("i64::MIN".to_owned(), |bound| bound.to_string()),
            rules.lte.map_or("i64::MAX".to_owned(), |bound| bound.to_string()),
        ),
        Kind::Enum(kind) => {
            let path = rust_path(kind.name(), kind.parent_message(), &kind.parent_file());
            format!("        check.known(\"{name}\", {path}::is_valid({number}));\n")
        }
        Kind::Message(message) if message.full_name().starts_with("patron.") => "        item.validate(check);\n".to_owned(),
        Kind::Message(message) if message.full_name() == "google.protobuf.FieldMask" => {
            "        for path in &item.paths { check.text(\"\", path, &Text { min_len: 1, max_len: 200, pattern: None, uuid: false }); }\n".to_owned()
        }
        _ => String::new(),
    }
}

/// Values of `buf.validate.Ignore`.
const IGNORE_IF_ZERO_VALUE: i32 = 1;
const IGNORE_ALWAYS: i32 = 3;

/// The rules of one field that the generated code checks.
#[derive(Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is one rule of buf.validate")]
struct Rules {
    required: bool,
    ignore_empty: bool,
    ignore_always: bool,
    min_len: Option<u64>,
    max_len: Option<u64>,
    pattern: Option<String>,
    uuid: bool,
    gte: Option<i64>,
    lte: Option<i64>,
    min_items: Option<u64>,
    max_items: Option<u64>,
    unique: bool,
    items: Option<Box<Rules>>,
}

impl Rules {
    fn of(field: &FieldDescriptor) -> Self {
        let extension = field
            .parent_pool()
            .get_extension_by_name("buf.validate.field")
            .expect("buf/validate is compiled in");
        let options = field.options();
        if !options.has_extension(&extension) {
            return Self::default();
        }
        Self::read(
            options.get_extension(&extension).as_message().expect("rules are a message"),
            field.full_name(),
        )
    }

    fn read(message: &DynamicMessage, at: &str) -> Self {
        let mut rules = Self::default();
        for (field, value) in message.fields() {
            match (field.full_name(), value) {
                ("buf.validate.FieldRules.required", Value::Bool(on)) => rules.required = *on,
                ("buf.validate.FieldRules.ignore", Value::EnumNumber(ignore)) => {
                    rules.ignore_empty = *ignore == IGNORE_IF_ZERO_VALUE;
                    rules.ignore_always = *ignore == IGNORE_ALWAYS;
                }
                ("buf.validate.StringRules.min_len", Value::U64(min)) => rules.min_len = Some(*min),
                ("buf.validate.StringRules.max_len" | "buf.validate.BytesRules.max_len", Value::U64(max)) => {
                    rules.max_len = Some(*max);
                }
                ("buf.validate.StringRules.pattern", Value::String(pattern)) => {
                    rules.pattern = Some(pattern.clone());
                }
                ("buf.validate.StringRules.uuid", Value::Bool(on)) => rules.uuid = *on,
                ("buf.validate.Int32Rules.gte", Value::I32(bound)) => rules.gte = Some(i64::from(*bound)),
                ("buf.validate.Int32Rules.lte", Value::I32(bound)) => rules.lte = Some(i64::from(*bound)),
                ("buf.validate.Int64Rules.gte", Value::I64(bound)) => rules.gte = Some(*bound),
                ("buf.validate.Int64Rules.lte", Value::I64(bound)) => rules.lte = Some(*bound),
                ("buf.validate.RepeatedRules.min_items", Value::U64(min)) => rules.min_items = Some(*min),
                ("buf.validate.RepeatedRules.max_items", Value::U64(max)) => rules.max_items = Some(*max),
                ("buf.validate.RepeatedRules.unique", Value::Bool(on)) => rules.unique = *on,
                ("buf.validate.RepeatedRules.items", Value::Message(items)) => {
                    rules.items = Some(Box::new(Self::read(items, at)));
                }
                (_, Value::Message(inner)) => {
                    let Self { required, ignore_empty, ignore_always, .. } = rules;
                    rules = Self { required, ignore_empty, ignore_always, ..Self::read(inner, at) };
                }
                (rule, _) => panic!("{at}: the rule {rule} is not known to the generator"),
            }
        }
        rules
    }

    fn has_value_rules(&self) -> bool {
        self.min_len.is_some()
            || self.pattern.is_some()
            || self.uuid
            || self.gte.is_some()
            || self.lte.is_some()
    }

    fn is_empty(&self) -> bool {
        !self.required
            && !self.has_value_rules()
            && self.max_len.is_none()
            && self.min_items.is_none()
            && self.max_items.is_none()
            && !self.unique
            && self.items.is_none()
    }
}

fn is_output_only(field: &FieldDescriptor) -> bool {
    const OUTPUT_ONLY: i32 = 3;
    let extension = field
        .parent_pool()
        .get_extension_by_name("google.api.field_behavior")
        .expect("google/api is compiled in");
    field.cardinality() != Cardinality::Required
        && field
            .options()
            .get_extension(&extension)
            .as_list()
            .is_some_and(|list| list.contains(&Value::EnumNumber(OUTPUT_ONLY)))
}

/// Where prost puts the type: packages and outer messages are modules.
fn rust_path(name: &str, outer: Option<MessageDescriptor>, file: &FileDescriptor) -> String {
    let mut modules = Vec::new();
    let mut next = outer;
    while let Some(message) = next {
        modules.insert(0, snake(message.name()));
        next = message.parent_message();
    }
    let packages = file.package_name().split('.').map(rust_field);
    let path = packages.chain(modules).chain([name.to_owned()]).collect::<Vec<_>>().join("::");
    format!("crate::generated::{path}")
}

fn snake(name: &str) -> String {
    let mut out = String::new();
    for (index, letter) in name.chars().enumerate() {
        if letter.is_uppercase() && index > 0 {
            out.push('_');
        }
        out.extend(letter.to_lowercase());
    }
    out
}

fn rust_field(name: &str) -> String {
    const KEYWORDS: [&str; 5] = ["type", "use", "ref", "match", "where"];
    if KEYWORDS.contains(&name) { format!("r#{name}") } else { name.to_owned() }
}
