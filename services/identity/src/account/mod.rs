//! The account of a customer: with what the customer signs in, and whether it may.

mod approval;
mod code;
mod diagnosis;
mod events;
mod new;
mod reserved;
mod standing;

pub(crate) use self::events::email_in;
pub use self::{
    approval::HOLD_BACK,
    code::Code,
    diagnosis::{Obstacle, obstacles},
    events::CustomerEvents,
    new::NewAccount,
    standing::{Approval, Move, Refusal, Standing, Status},
};

use crate::{error::Error, password::Hash, security_question::QuestionText};
use patron_chassis::{
    peer::Peer,
    permission::{Permission, Permissions},
    status::Problem,
};
use patron_ledger::{change::Next, outbox::NewEvent};
use patron_proto::{
    event::v1::{CustomerAccount, CustomerSignIn, event::Snapshot},
    identity::v1 as proto,
};
use patron_values::{etag::etag, id::CustomerId, timestamp, username::Username};
use std::fmt;
use time::OffsetDateTime;

/// What every customer may do, to their own record alone: the scope of their tokens says so. Source: the project's table
/// of roles.
const CUSTOMER: [Permission; 6] = [
    Permission::CustomerRead,
    Permission::CustomerUpdate,
    Permission::AddressRead,
    Permission::AddressWrite,
    Permission::GroupRead,
    Permission::ActivityRead,
];

/// The permissions of every customer.
pub fn customer_permissions() -> Permissions {
    CUSTOMER.into_iter().collect()
}

/// An account as it is stored.
#[derive(Debug, Clone)]
pub struct Account {
    /// Whose it is.
    pub customer: CustomerId,
    /// Name to sign in with, for good; who has none signs in by email.
    pub username: Option<Username>,
    /// Whether the customer may sign in.
    pub standing: Standing,
    /// Why it is disabled, where whoever did it said so.
    pub status_reason: Option<String>,
    /// Since when it waits for approval, where it does.
    pub waiting_since: Option<OffsetDateTime>,
    /// Whether the customer is being deleted, and nothing lets it sign in again.
    pub revoked: bool,
    /// When the password was set; `None` without one.
    pub password_set_at: Option<OffsetDateTime>,
    /// Whether it was set by someone else and is good for nothing but to change it.
    pub password_temporary: bool,
    /// Through which member of staff it was set, as a temporary one or by a one-time code: `staff/{staff}`.
    pub password_given_by: Option<String>,
    /// What staff ask to know a caller again.
    pub security_question: Option<QuestionText>,
    /// Version of the aggregate at the last change.
    pub version: i64,
    /// When the customer last signed in.
    pub last_sign_in_at: Option<OffsetDateTime>,
    /// When it was created.
    pub created_at: OffsetDateTime,
    /// When it was last changed.
    pub updated_at: OffsetDateTime,
}

/// A question that was chosen, and its answer as it is kept.
#[derive(Debug)]
pub struct ChosenQuestion {
    /// The words of the question.
    pub question: QuestionText,
    /// The hash of the answer.
    pub answer: Hash,
}

/// `customers/{uuid}/account`: the resource, and the aggregate of its events.
#[derive(Debug, Clone, Copy)]
pub struct Name(pub CustomerId);

impl Name {
    /// Reads `customers/{uuid}/account`, which stands in `field`.
    pub fn parse(field: &str, name: &str) -> Result<Self, Problem> {
        let customer = name.strip_suffix("/account").and_then(|customer| CustomerId::parse(customer).ok());
        customer
            .map(Self)
            .ok_or_else(|| Problem::invalid(field, "is not of the form customers/{uuid}/account"))
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/account", self.0.resource_name())
    }
}

/// `customers/{uuid}/sign_in`: the aggregate of when the customer last signed in, whose versions are those of the sessions.
pub(crate) fn sign_in_aggregate(customer: CustomerId) -> String {
    format!("{}/sign_in", customer.resource_name())
}

/// That a customer signs in, for lists of customers; history has it from the session.
pub(crate) fn sign_in_event(customer: CustomerId, version: i64, at: OffsetDateTime) -> NewEvent {
    NewEvent {
        aggregate: sign_in_aggregate(customer),
        version,
        kind: "account.signed_in",
        customer: Some(customer),
        resource: Name(customer).to_string(),
        changes: Vec::new(),
        snapshot: Some(Snapshot::SignIn(CustomerSignIn { last_sign_in_time: Some(timestamp(at)) })),
        subscribers: &[Peer::PROFILE],
    }
}

impl Account {
    /// The same as of a change.
    pub(crate) fn changed(&self, next: Next) -> Self {
        Self { version: next.version, updated_at: next.at, ..self.clone() }
    }

    /// The same after a move, for a reason in the words of who makes it; `None` where it is there already.
    pub(crate) fn after(&self, step: Move, reason: &str, next: Next) -> Result<Option<Self>, Error> {
        let refused = |Refusal { rule, description }| {
            let subject = Name(self.customer).to_string();
            Error::State { rule, subject, description }
        };
        if self.revoked && matches!(step, Move::Approve | Move::Enable) {
            let description = "the customer is being deleted";
            return Err(refused(Refusal { rule: "CUSTOMER_BEING_DELETED", description }));
        }
        let Some(standing) = self.standing.after(step).map_err(refused)? else { return Ok(None) };
        let reason = match step {
            // Who is disabled stays so for the reason there was.
            Move::Ask => self.status_reason.clone(),
            _ => Some(reason.to_owned()).filter(|reason| !reason.is_empty()),
        };
        Ok(Some(Self {
            standing,
            status_reason: reason.filter(|_| standing.status == Status::Disabled),
            waiting_since: (standing.status == Status::PendingApproval).then_some(next.at),
            ..self.changed(next)
        }))
    }

    /// What other services keep of it.
    pub(crate) fn snapshot(&self) -> Snapshot {
        let username = self.username.as_ref().map(ToString::to_string).unwrap_or_default();
        Snapshot::Account(CustomerAccount { status: self.standing.status.name().to_owned(), username })
    }
}

impl From<&Account> for proto::Account {
    fn from(account: &Account) -> Self {
        Self {
            name: Name(account.customer).to_string(),
            etag: etag(account.customer.0, account.version),
            create_time: Some(timestamp(account.created_at)),
            update_time: Some(timestamp(account.updated_at)),
            username: account.username.as_ref().map(ToString::to_string).unwrap_or_default(),
            status: account.standing.status.to_proto().into(),
            password_set: account.password_set_at.is_some(),
            password_temporary: account.password_temporary,
            last_sign_in_time: account.last_sign_in_at.map(timestamp),
            password_given_by: account.password_given_by.clone().unwrap_or_default(),
            password_set_time: account.password_set_at.map(timestamp),
            approval: account.standing.approval.to_proto().into(),
            status_reason: account.status_reason.clone().unwrap_or_default(),
            waiting_since_time: account.waiting_since.map(timestamp),
            security_question: account
                .security_question
                .as_ref()
                .map(ToString::to_string)
                .unwrap_or_default(),
        }
    }
}
