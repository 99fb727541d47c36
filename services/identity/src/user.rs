//! Who signs in.

use crate::error::Error;
use patron_chassis::principal::Subject;
use patron_proto::identity::v1 as proto;
use patron_values::id::{CustomerId, StaffId};

/// A user of one kind or the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum User {
    /// A member of staff.
    Staff(StaffId),
    /// A customer.
    Customer(CustomerId),
}

/// Kinds of users. A name to sign in with is looked up within one kind: a member of staff and a customer may share a username.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UserKind {
    /// Staff.
    Staff,
    /// Customers.
    Customer,
}

/// Whether a user may sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    /// With the right password.
    Open,
    /// Not before a member of staff approves the customer, which who knows the password is told.
    PendingApproval,
    /// No, and nobody is told why.
    Closed,
}

impl Admission {
    /// Fails for a user who may not sign in. To be asked once it is proved who it is: the answer tells.
    pub fn check(self) -> Result<(), Error> {
        match self {
            Self::Open => Ok(()),
            Self::PendingApproval => Err(Error::PendingApproval),
            Self::Closed => Err(Error::WrongCredentials),
        }
    }
}

impl User {
    /// The user of a token; `None` for a service account, which has no session.
    pub fn of(subject: &Subject) -> Option<Self> {
        match subject {
            Subject::Staff(staff) => Some(Self::Staff(*staff)),
            Subject::Customer(customer) => Some(Self::Customer(*customer)),
            Subject::Service(_) => None,
        }
    }

    /// The user in a row with a column for each kind, of which one is filled.
    pub fn from_columns(staff: Option<StaffId>, customer: Option<CustomerId>) -> Option<Self> {
        staff.map(Self::Staff).or(customer.map(Self::Customer))
    }

    /// The id, where it is a member of staff.
    pub fn staff(self) -> Option<StaffId> {
        match self {
            Self::Staff(staff) => Some(staff),
            Self::Customer(_) => None,
        }
    }

    /// The id, where it is a customer.
    pub fn customer(self) -> Option<CustomerId> {
        match self {
            Self::Staff(_) => None,
            Self::Customer(customer) => Some(customer),
        }
    }

    /// The kind.
    pub fn kind(self) -> UserKind {
        match self {
            Self::Staff(_) => UserKind::Staff,
            Self::Customer(_) => UserKind::Customer,
        }
    }

    /// `staff/{staff}` or `customers/{customer}`.
    pub fn resource_name(self) -> String {
        match self {
            Self::Staff(staff) => staff.resource_name(),
            Self::Customer(customer) => customer.resource_name(),
        }
    }
}

impl UserKind {
    /// The kind in a request; `None` where it names none.
    pub fn from_proto(kind: proto::UserKind) -> Option<Self> {
        match kind {
            proto::UserKind::Unspecified => None,
            proto::UserKind::Staff => Some(Self::Staff),
            proto::UserKind::Customer => Some(Self::Customer),
        }
    }

    /// A word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Staff => "staff",
            Self::Customer => "customer",
        }
    }
}
