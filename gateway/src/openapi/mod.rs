//! Describes the API as an OpenAPI 3.1 document, from the same descriptors that serve it: rules, comments, limits, permissions.

mod comment;
mod operation;
mod parameter;
mod problem;
mod refusal;
mod rule;
mod schema;

use self::{comment::Comments, operation::operation, parameter::Collections, schema::Schemas};
use crate::transcode::rules;
use anyhow::Context as _;
use prost_reflect::{DescriptorPool, MethodDescriptor};
use serde_json::{Map, Value, json};

/// What a reader should know that no single operation says.
const ABOUT: &str = "\
Everything here is also a gRPC service; this document and the services come from the same protos.\n\n\
**Names.** Fields are named in lowerCamelCase; requests may use the proto names too. Unknown fields are refused.\n\n\
**Absence.** In answers a text, number, flag, enum or list is always there, empty or zero where nothing is known. An object, or a \
field marked `optional` in the proto, is left out where there is none. 64-bit integers are strings.\n\n\
**Changes.** `PATCH` changes the fields that `updateMask` names. Without it, those that the body names: null clears a field, and what \
the body does not name stays. `If-Match` with the `etag` or `ETag` of what you saw refuses the change where a field of it was changed in between.\n\n\
**Answers.** A creation is 201 with the path of the resource in `Location`, a deletion 204, everything else 200. `If-None-Match` with the \
`ETag` of what you have is 304 while it is as it was.\n\n\
**Streams** are lines of JSON, or events where `Accept` names `text/event-stream`. A silent one sends an empty line, or a comment, every \
15 seconds: pass it over. One that fails ends with `{\"problem\": ...}`, or an event named `problem`.\n\n\
**Repeats.** `Idempotency-Key`, 1 to 255 characters, makes a request safe to send again for 24 hours, where its operation lists that \
header. With another request it is 422; other operations that change something refuse it with 400, but for `DELETE`, which may be \
repeated anyway. To read takes no notice of it.\n\n\
**Your own writes.** Answers to writes carry `Patron-Consistency-Token`. Sent with a list, it makes the list wait until it shows that write; \
`Patron-Behind: true` says that it could not.\n\n\
**Refusals** are problem details (RFC 9457). `reason` is for programs, `violations` names each field that is wrong. A path that is not \
here is 404, also with a slash too many; one with another method is 405, with those that it has in `Allow`, as `OPTIONS` answers too. \
`HEAD` is `GET` without the body.";

/// Everything that parts of the document are made from.
struct Contract<'p> {
    pool: &'p DescriptorPool,
    comments: Comments,
    collections: Collections,
}

/// The document, as JSON text.
pub fn document(pool: &DescriptorPool) -> anyhow::Result<String> {
    let contract = Contract { pool, comments: Comments::new(pool), collections: Collections::new(pool) };
    let mut schemas = Schemas::new(&contract);
    let mut paths = Map::new();
    let mut tags = Vec::new();
    for service in pool.services() {
        let rpcs: Vec<MethodDescriptor> = service.methods().collect();
        let before = paths.len();
        for rpc in &rpcs {
            for (index, rule) in rules(rpc)?.iter().enumerate() {
                let described = operation(&contract, &mut schemas, rpc, rule, index)
                    .with_context(|| format!("describing {}", rpc.full_name()))?;
                let path = paths.entry(described.path).or_insert_with(|| json!({}));
                path[rule.method.as_str().to_ascii_lowercase()] = described.operation;
            }
        }
        if paths.len() > before {
            let about = contract.comments.of(&service.parent_file(), service.path());
            tags.push(json!({"name": operation::tag(&service), "description": about}));
        }
    }
    let document = json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Patron",
            "version": "v1",
            "description": ABOUT,
            "license": {"name": "Apache 2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "tags": tags,
        "paths": sorted(paths),
        "components": {
            "schemas": schemas.finish(),
            "responses": refusal::responses(),
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "bearerFormat": "JWT",
                    "description": "`accessToken` of a session, from `POST /v1/sessions`.",
                },
                "session": {
                    "type": "apiKey",
                    "in": "cookie",
                    "name": "__Host-patron",
                    "description": "The cookie of a browser that signed in with `POST /v1/session`.",
                },
                "csrf": {
                    "type": "apiKey",
                    "in": "header",
                    "name": "X-CSRF-Token",
                    "description": "`csrfToken` of the browser's session, with every call that changes something.",
                },
            },
        },
    });
    Ok(document.to_string())
}

fn sorted(members: Map<String, Value>) -> Map<String, Value> {
    let mut members: Vec<_> = members.into_iter().collect();
    members.sort_by(|left, right| left.0.cmp(&right.0));
    members.into_iter().collect()
}
