//! A member of staff, who signs in to work with customers.

use crate::role::RoleId;
use patron_ledger::change::Next;
use patron_proto::identity::v1 as proto;
use patron_values::{
    email::Email, etag::etag, fields::Fields, id::StaffId, text::Name, timestamp, username::Username,
};
use time::OffsetDateTime;

/// A member of staff as it is stored.
#[derive(Debug, Clone)]
pub struct Staff {
    /// Who it is.
    pub id: StaffId,
    /// Name to sign in with, for good.
    pub username: Username,
    /// What can be changed.
    pub details: Details,
    /// Rises by one with each change.
    pub version: i64,
    /// When the person last signed in.
    pub last_sign_in_at: Option<OffsetDateTime>,
    /// When it was created.
    pub created_at: OffsetDateTime,
    /// When it was last changed.
    pub updated_at: OffsetDateTime,
}

/// What can be changed of a member of staff.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Details {
    /// Name for people.
    pub display_name: Name,
    /// Address, also good to sign in with.
    pub email: Email,
    /// What the person may do.
    pub role: RoleId,
    /// Whether the person may not sign in.
    pub disabled: bool,
}

impl Details {
    /// Parses what a caller sends in the field `staff`; mistakes go to `fields`.
    pub fn parse(fields: &mut Fields, message: &proto::Staff) -> Option<Self> {
        let display_name = fields.required("display_name", &message.display_name, Name::parse);
        let email = fields.required("email", &message.email, Email::parse);
        let role = fields.required("role", &message.role, RoleId::parse);
        Some(Self { display_name: display_name?, email: email?, role: role?, disabled: message.disabled })
    }
}

impl Staff {
    /// The same as of a change.
    pub(crate) fn changed(&self, next: Next) -> Self {
        Self { version: next.version, updated_at: next.at, ..self.clone() }
    }

    /// What the person is called and written to, which no password may hold.
    pub fn names(&self) -> [&str; 3] {
        [self.username.as_str(), self.details.email.as_str(), self.details.display_name.as_str()]
    }
}

impl From<&Staff> for proto::Staff {
    fn from(staff: &Staff) -> Self {
        Self {
            name: staff.id.resource_name(),
            etag: etag(staff.id.0, staff.version),
            create_time: Some(timestamp(staff.created_at)),
            update_time: Some(timestamp(staff.updated_at)),
            username: staff.username.to_string(),
            display_name: staff.details.display_name.to_string(),
            email: staff.details.email.to_string(),
            role: staff.details.role.resource_name(),
            disabled: staff.details.disabled,
            last_sign_in_time: staff.last_sign_in_at.map(timestamp),
        }
    }
}
