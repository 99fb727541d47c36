//! What is asked of customers, field by field and by the way they come.

mod field;
mod judge;
mod pattern;
mod show;

pub use self::{
    field::Field,
    judge::{Asked, Rules},
    pattern::Pattern,
};

use patron_ledger::change::ResourceName;
use patron_values::id::CustomerId;
use std::collections::BTreeMap;
use time::OffsetDateTime;
use uuid::Uuid;

/// The way in which a customer comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::Type, serde::Serialize)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// Staff create it.
    Console,
    /// By registration, or where nobody of staff acts.
    Registration,
    /// At the counter.
    PointOfSale,
    /// From a file or another system.
    Import,
}

/// Whether a customer has a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum Need {
    /// No value is taken.
    Off,
    /// There may be one.
    Optional,
    /// There is one.
    Required,
}

/// What is asked about one field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// Of customers whom staff create.
    pub console: Need,
    /// Of those who register.
    pub registration: Need,
    /// Of those who are created at the counter.
    pub point_of_sale: Need,
    /// Of those who are imported.
    pub import: Need,
    /// What a value looks like.
    pub pattern: Option<Pattern>,
}

/// The policy. Of a field without a rule here holds what [`Field::unset`] says.
#[derive(Debug, Clone)]
pub struct FieldPolicy {
    /// What differs from that.
    pub rules: BTreeMap<Field, Rule>,
    /// Rises by one with each change, from 0.
    pub version: i64,
    /// When it was last changed.
    pub updated_at: OffsetDateTime,
}

impl Need {
    /// As it is stored.
    pub fn name(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Optional => "optional",
            Self::Required => "required",
        }
    }
}

/// `fieldPolicy`: the only one.
#[derive(Debug, Clone, Copy)]
pub struct Name;

impl Rule {
    /// The same need in every channel, and no pattern.
    pub fn of(need: Need) -> Self {
        Self { console: need, registration: need, point_of_sale: need, import: need, pattern: None }
    }

    /// What is needed of customers who come in this way.
    pub fn need(&self, channel: Channel) -> Need {
        match channel {
            Channel::Console => self.console,
            Channel::Registration => self.registration,
            Channel::PointOfSale => self.point_of_sale,
            Channel::Import => self.import,
        }
    }
}

impl FieldPolicy {
    /// What is asked about a field.
    pub fn rule(&self, field: Field) -> &Rule {
        self.rules.get(&field).unwrap_or_else(|| field.unset())
    }
}

impl ResourceName for Name {
    const KIND: &'static str = "field policy";

    fn id(self) -> Uuid {
        Uuid::nil()
    }

    fn with_id(self, _: Uuid) -> Self {
        self
    }

    fn resource_name(self) -> String {
        "fieldPolicy".to_owned()
    }

    fn customer(self) -> Option<CustomerId> {
        None
    }

    fn aggregate(self) -> String {
        self.resource_name()
    }
}
