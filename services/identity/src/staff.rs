//! A member of staff, who signs in to work with customers.

use crate::role::RoleId;
use patron_ledger::change::Next;
use patron_proto::identity::v1 as proto;
use patron_values::{
    email::Email,
    etag::etag,
    fields::Fields,
    id::StaffId,
    text::{self, Name, Prose},
    timestamp,
    username::Username,
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
    /// What their letters end with.
    pub signature: Option<Signature>,
}

/// Most bytes of a signature. The database holds to it, too.
const SIGNATURE_BYTES: usize = 1000;

/// What the letters of a member of staff end with: several lines.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::Type)]
#[sqlx(transparent)]
pub struct Signature(Prose<SIGNATURE_BYTES>);

/// What is wrong with a signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoSignature {
    /// It is no text of several lines.
    #[error(transparent)]
    Text(#[from] text::Error),
    /// It has more bytes than fit.
    #[error("is longer than {SIGNATURE_BYTES} bytes")]
    TooLong,
}

impl Signature {
    /// Reads a signature.
    pub fn parse(typed: &str) -> Result<Self, NoSignature> {
        let text = Prose::parse(typed)?;
        if text.as_str().len() > SIGNATURE_BYTES { Err(NoSignature::TooLong) } else { Ok(Self(text)) }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl Details {
    /// Parses what a caller sends in the field `staff`; mistakes go to `fields`.
    pub fn parse(fields: &mut Fields, message: &proto::Staff) -> Option<Self> {
        let display_name = fields.required("display_name", &message.display_name, Name::parse);
        let email = fields.required("email", &message.email, Email::parse);
        let role = fields.required("role", &message.role, RoleId::parse);
        let signature = fields.optional("signature", &message.signature, Signature::parse);
        let (display_name, email, role) = (display_name?, email?, role?);
        fields.is_clean().then_some(Self { display_name, email, role, disabled: message.disabled, signature })
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
            signature: staff.details.signature.as_ref().map(Signature::as_str).unwrap_or_default().to_owned(),
            // Counted elsewhere, and no part of the record.
            locked_until_time: None,
        }
    }
}
