//! The fields of a resource in its lists, each in one place: what callers can filter and order by, where it stands in SQL, and what a row
//! has in it, which is where a page ends.
//!
//! Names and columns are owned, so that fields which operators define can stand beside those of the contract.

use std::{borrow::Cow, fmt};

use crate::{filter::Kind, json_name::json_path, order_by::Key};

/// A field of resources `R`.
pub struct Field<R> {
    pub(crate) name: Cow<'static, str>,
    pub(crate) column: Cow<'static, str>,
    pub(crate) kind: Option<Kind>,
    pub(crate) order: Option<Order<R>>,
}

/// How rows are ordered by a field.
pub(crate) struct Order<R> {
    pub(crate) column: Cow<'static, str>,
    /// Where the id stands in the index of the column, if not in that of the id itself.
    pub(crate) id: Option<Cow<'static, str>>,
    /// Whether that index is of another table.
    pub(crate) beside: bool,
    /// What the column holds of a resource.
    pub(crate) key: Box<dyn Fn(&R) -> Key + Send + Sync>,
}

impl<R> Field<R> {
    /// A field by its path in the resource, in `snake_case`: `last_name`; and the column, or the expression over columns, by which
    /// statements know it: `c.last_name`. It becomes part of statements as it is, so it never comes from callers.
    pub fn new(name: impl Into<Cow<'static, str>>, column: impl Into<Cow<'static, str>>) -> Self {
        Self { name: name.into(), column: column.into(), kind: None, order: None }
    }

    /// The same, by which callers can filter.
    #[must_use]
    pub fn filtered(self, kind: Kind) -> Self {
        Self { kind: Some(kind), ..self }
    }

    /// The same, by which callers can order: the column is never null and has an index with the id behind it. `key` gives what the
    /// column holds of a resource.
    #[must_use]
    pub fn ordered<K: Into<Key>>(self, key: impl Fn(&R) -> K + Send + Sync + 'static) -> Self {
        let column = self.column.clone();
        self.ordered_by(column, key)
    }

    /// The same, by which callers can order: this column, or expression, stands for it in the order.
    #[must_use]
    pub fn ordered_by<K: Into<Key>>(
        self,
        column: impl Into<Cow<'static, str>>,
        key: impl Fn(&R) -> K + Send + Sync + 'static,
    ) -> Self {
        let key = Box::new(move |resource: &R| key(resource).into());
        Self { order: Some(Order { column: column.into(), id: None, beside: false, key }), ..self }
    }

    /// The same, whose index for the order is on another table; this is the id column there.
    #[must_use]
    pub fn with_id(mut self, column: impl Into<Cow<'static, str>>) -> Self {
        if let Some(order) = &mut self.order {
            order.id = Some(column.into());
            order.beside = true;
        }
        self
    }

    /// The same, whose index has this expression in the place of the id: the id where others have the same value, and anything where
    /// nobody else can have it.
    #[must_use]
    pub fn with_id_as(mut self, expression: impl Into<Cow<'static, str>>) -> Self {
        if let Some(order) = &mut self.order {
            order.id = Some(expression.into());
        }
        self
    }

    /// Its path in the resource.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether callers mean it by this name: as the proto has it, or as JSON does.
    pub(crate) fn is_named(&self, name: &str) -> bool {
        name == self.name || name == json_path(&self.name)
    }

    /// Whether callers can filter by it.
    pub fn is_filtered(&self) -> bool {
        self.kind.is_some()
    }

    /// Whether callers can order by it.
    pub fn is_ordered(&self) -> bool {
        self.order.is_some()
    }
}

impl<R> fmt::Debug for Field<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Field").field(&self.name).finish()
    }
}

/// The fields of a list of resources `R`.
#[derive(Debug)]
pub struct FieldSet<R> {
    fields: Vec<Field<R>>,
    id: usize,
    default_order: Cow<'static, str>,
}

impl<R> FieldSet<R> {
    /// Fields of which one, by its name, is the id: unique, never null and ordered, it orders rows that are alike in all else. Where
    /// callers ask for no order it is `default_order`: `create_time desc`.
    ///
    /// # Panics
    ///
    /// Where none of the fields is the id.
    pub fn new(fields: Vec<Field<R>>, id: &str, default_order: impl Into<Cow<'static, str>>) -> Self {
        let id = fields.iter().position(|field| field.name == id && field.is_ordered());
        Self { id: id.expect("the id is an ordered field"), fields, default_order: default_order.into() }
    }

    /// All of them.
    pub fn fields(&self) -> &[Field<R>] {
        &self.fields
    }

    /// Name and order of the id.
    pub(crate) fn id(&self) -> (&str, &Order<R>) {
        let field = &self.fields[self.id];
        (&field.name, field.order.as_ref().expect("the id is an ordered field"))
    }

    pub(crate) fn default_order(&self) -> &str {
        &self.default_order
    }
}
