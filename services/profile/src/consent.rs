//! What customers agree to, and the evidence of it.

use crate::{customer::Record, field_policy};
use patron_proto::{event::v1::ChangeContext, profile::v1 as proto};
use patron_values::{fields::Fields, id::CustomerId, text::Line, timestamp};
use time::OffsetDateTime;

/// Where a consent was given, in words.
pub type Source = Line<200>;

/// What a customer can agree to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum Purpose {
    /// To get the newsletter by email.
    NewsletterEmail,
}

/// What the customer says to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum State {
    /// Yes.
    Subscribed,
    /// No, or no more.
    Unsubscribed,
    /// Yes, to be confirmed.
    PendingConfirmation,
}

/// How it came to be known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum Channel {
    /// Before evidence was kept.
    Unknown,
    /// A member of staff entered it.
    Console,
    /// When signing up.
    Registration,
    /// At the counter.
    PointOfSale,
    /// From a file.
    Import,
    /// From another system.
    Api,
}

/// What is to be recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// To what.
    pub purpose: Purpose,
    /// What the customer says.
    pub state: State,
    /// How it came to be known.
    pub channel: Channel,
    /// Where it was given.
    pub source: Option<Source>,
}

/// What holds for one purpose.
#[derive(Debug, Clone, Copy)]
pub struct Consent {
    /// To what.
    pub purpose: Purpose,
    /// What the customer says.
    pub state: State,
    /// Since when.
    pub state_at: OffsetDateTime,
}

/// One piece of evidence, as it is stored.
#[derive(Debug, Clone)]
pub struct ConsentRecord {
    /// Of whom.
    pub customer: CustomerId,
    /// 1 for the first of the customer.
    pub number: i32,
    /// What was recorded.
    pub statement: Statement,
    /// By whom.
    pub actor: String,
    /// Name of a member of staff at that time.
    pub actor_display_name: String,
    /// In which trace.
    pub trace_id: String,
    /// When.
    pub recorded_at: OffsetDateTime,
}

impl Statement {
    /// Reads what a caller records in this context.
    pub fn parse(message: &proto::RecordConsentRequest, context: &ChangeContext) -> Result<Self, Fields> {
        let mut fields = Fields::default();
        let state = State::from_proto(message.state());
        let source = fields.optional("source", &message.source, Source::parse);
        if message.source.trim().is_empty() && state != Some(State::Unsubscribed) {
            fields.refuse("source", "is missing: say where it was given");
        }
        let channel = Channel::from_proto(message.channel()).unwrap_or_else(|| Channel::of(context));
        if context.origin == CUSTOMER && !matches!(channel, Channel::Registration | Channel::Api) {
            fields.refuse("channel", "is one by which customers themselves say nothing");
        }
        match state {
            Some(state) if fields.is_clean() => {
                Ok(Self { purpose: Purpose::from_proto(message.purpose()), state, channel, source })
            }
            Some(_) => Err(fields),
            None => {
                fields.refuse("state", "is needed");
                Err(fields)
            }
        }
    }

    /// What a changed field of the record says, without a source.
    pub fn of_newsletter(newsletter: bool, context: &ChangeContext) -> Self {
        let state = if newsletter { State::Subscribed } else { State::Unsubscribed };
        Self { purpose: Purpose::NewsletterEmail, state, channel: Channel::of(context), source: None }
    }

    /// The same, of a customer who comes in this way.
    #[must_use]
    pub fn given_at(self, channel: Option<field_policy::Channel>) -> Self {
        Self { channel: channel.map_or(self.channel, Channel::from), ..self }
    }

    /// The record in which the field of the purpose says the same.
    pub fn applied_to(&self, record: &Record) -> Record {
        let mut record = record.clone();
        match self.purpose {
            Purpose::NewsletterEmail => record.details.newsletter = self.state == State::Subscribed,
        }
        record
    }
}

/// Origin of what customers do themselves.
const CUSTOMER: &str = "customer";

impl Purpose {
    /// The purpose that a caller names; the newsletter where none is named.
    pub fn from_proto(purpose: proto::ConsentPurpose) -> Self {
        match purpose {
            proto::ConsentPurpose::Unspecified | proto::ConsentPurpose::NewsletterEmail => {
                Self::NewsletterEmail
            }
        }
    }
}

impl State {
    fn from_proto(state: proto::ConsentState) -> Option<Self> {
        match state {
            proto::ConsentState::Unspecified => None,
            proto::ConsentState::Subscribed => Some(Self::Subscribed),
            proto::ConsentState::Unsubscribed => Some(Self::Unsubscribed),
            proto::ConsentState::PendingConfirmation => Some(Self::PendingConfirmation),
        }
    }
}

impl Channel {
    /// That of who does not name one.
    fn of(context: &ChangeContext) -> Self {
        if context.origin == "staff" { Self::Console } else { Self::Api }
    }

    fn from_proto(channel: proto::ConsentChannel) -> Option<Self> {
        match channel {
            proto::ConsentChannel::Unspecified => None,
            proto::ConsentChannel::Console => Some(Self::Console),
            proto::ConsentChannel::Registration => Some(Self::Registration),
            proto::ConsentChannel::PointOfSale => Some(Self::PointOfSale),
            proto::ConsentChannel::Import => Some(Self::Import),
            proto::ConsentChannel::Api => Some(Self::Api),
        }
    }
}

impl From<field_policy::Channel> for Channel {
    fn from(channel: field_policy::Channel) -> Self {
        match channel {
            field_policy::Channel::Console => Self::Console,
            field_policy::Channel::Registration => Self::Registration,
            field_policy::Channel::PointOfSale => Self::PointOfSale,
            field_policy::Channel::Import => Self::Import,
        }
    }
}

impl From<Purpose> for proto::ConsentPurpose {
    fn from(purpose: Purpose) -> Self {
        match purpose {
            Purpose::NewsletterEmail => Self::NewsletterEmail,
        }
    }
}

impl From<State> for proto::ConsentState {
    fn from(state: State) -> Self {
        match state {
            State::Subscribed => Self::Subscribed,
            State::Unsubscribed => Self::Unsubscribed,
            State::PendingConfirmation => Self::PendingConfirmation,
        }
    }
}

impl From<Channel> for proto::ConsentChannel {
    fn from(channel: Channel) -> Self {
        match channel {
            Channel::Unknown => Self::Unspecified,
            Channel::Console => Self::Console,
            Channel::Registration => Self::Registration,
            Channel::PointOfSale => Self::PointOfSale,
            Channel::Import => Self::Import,
            Channel::Api => Self::Api,
        }
    }
}

impl From<Consent> for proto::Consent {
    fn from(consent: Consent) -> Self {
        Self {
            purpose: proto::ConsentPurpose::from(consent.purpose).into(),
            state: proto::ConsentState::from(consent.state).into(),
            state_time: Some(timestamp(consent.state_at)),
        }
    }
}

impl ConsentRecord {
    /// As staff read it, or the customer: who does not learn which member of staff it was.
    pub fn show(self, to_customer: bool) -> proto::ConsentRecord {
        let hidden = to_customer && self.actor.starts_with("staff/");
        let Statement { purpose, state, channel, source } = self.statement;
        proto::ConsentRecord {
            name: format!("{}/consentRecords/{}", self.customer.resource_name(), self.number),
            purpose: proto::ConsentPurpose::from(purpose).into(),
            state: proto::ConsentState::from(state).into(),
            channel: proto::ConsentChannel::from(channel).into(),
            source: source.map(|source| source.to_string()).unwrap_or_default(),
            create_time: Some(timestamp(self.recorded_at)),
            actor: if hidden { "staff".to_owned() } else { self.actor },
            actor_display_name: if hidden { String::new() } else { self.actor_display_name },
            trace_id: self.trace_id,
        }
    }
}
