//! Problem details, as every rejection has them.

use serde_json::{Value, json};

/// The schema of problem details. Members that would be empty are left out.
pub(super) fn schema() -> Value {
    let text = |description: &str| json!({"type": "string", "description": description});
    json!({
        "type": "object",
        "description": "Why a request was refused (RFC 9457).",
        "required": ["type", "title", "status", "detail", "code", "reason"],
        "properties": {
            "type": text("`urn:patron:problem:` and the reason."),
            "title": text("What the code means, for people."),
            "status": {"type": "integer", "description": "HTTP status."},
            "detail": text("What happened here, for people."),
            "code": text("gRPC code: `INVALID_ARGUMENT`, `NOT_FOUND`, ..."),
            "reason": text("Why, for programs: a value of `patron.error.v1.ErrorReason` without its prefix."),
            "violations": {
                "type": "array",
                "description": "Each field that is wrong.",
                "items": {
                    "type": "object",
                    "required": ["field", "description"],
                    "properties": {
                        "field": text("Path in the request by JSON names: `customer.primaryPhone.number`; empty for the whole."),
                        "description": text("What is wrong, in words that follow the field's name."),
                    },
                },
            },
            "preconditions": {
                "type": "array",
                "description": "What would have to be true first.",
                "items": {
                    "type": "object",
                    "required": ["rule", "subject", "description"],
                    "properties": {
                        "rule": text("Which rule forbids it, for programs."),
                        "subject": text("Name of the resource concerned."),
                        "description": text("What is in the way, for people."),
                    },
                },
            },
            "resource": {
                "type": "object",
                "description": "The resource that the problem is about.",
                "properties": {"type": text("Its kind."), "name": text("Its name; empty where it is not said.")},
            },
            "metadata": {
                "type": "object",
                "description": "What else programs may need: `permission`, `fields`, `changed_by`.",
                "additionalProperties": {"type": "string"},
            },
            "traceId": text("Id of the request's trace, to give to operators."),
        },
    })
}
