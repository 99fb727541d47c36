//! Fields inside fields of a request, as path templates and query parameters name them: `customer.name`.

use super::{json::DEPTH, scalar::Misfit};
use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, MessageDescriptor, Value};

/// From the request message inwards; never empty.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct FieldPath(Vec<FieldDescriptor>);

impl FieldPath {
    /// Finds `text`, names separated by dots, in `message`. Proto names and JSON names are both taken.
    pub(crate) fn resolve(message: &MessageDescriptor, text: &str) -> Result<Self, Misfit> {
        let mut fields: Vec<FieldDescriptor> = Vec::new();
        for name in text.split('.') {
            if fields.len() == DEPTH {
                return Err("is nested too deep".into());
            }
            let within = match fields.last() {
                None => message.clone(),
                Some(field) => match field.kind() {
                    Kind::Message(within) if !field.is_list() && !field.is_map() => within,
                    _ => return Err("is not a field".into()),
                },
            };
            let field = within.get_field_by_name(name).or_else(|| within.get_field_by_json_name(name));
            fields.push(field.ok_or("is not a field")?);
        }
        Ok(Self(fields))
    }

    /// The field of the request message that holds the rest.
    pub(super) fn first(&self) -> &FieldDescriptor {
        &self.0[0]
    }

    /// The field itself.
    pub(crate) fn last(&self) -> &FieldDescriptor {
        &self.0[self.0.len() - 1]
    }

    /// JSON names with dots between them.
    pub(crate) fn json(&self) -> String {
        self.0.iter().map(FieldDescriptor::json_name).collect::<Vec<_>>().join(".")
    }

    /// Makes the messages on the way where missing, and gives the innermost.
    pub(super) fn parent<'m>(&self, message: &'m mut DynamicMessage) -> &'m mut DynamicMessage {
        let mut parent = message;
        for field in &self.0[..self.0.len() - 1] {
            parent = match parent.get_field_mut(field) {
                Value::Message(inner) => inner,
                _ => unreachable!("resolve goes through single messages only"),
            };
        }
        parent
    }

    /// Sets a text that comes from outside the body. One that is there already must be the same.
    pub(super) fn set_once(
        &self,
        message: &mut DynamicMessage,
        value: Value,
        origin: &'static str,
    ) -> Result<(), Misfit> {
        let parent = self.parent(message);
        if parent.has_field(self.last()) && *parent.get_field(self.last()) != value {
            return Err(format!("differs from the {origin}").into());
        }
        parent.set_field(self.last(), value);
        Ok(())
    }
}
