//! That a customer is in a group.

mod set;

pub use self::set::{MAX_GROUPS, MembershipSet};

use patron_proto::group::v1 as proto;
use patron_values::{
    id::{CustomerId, GroupId, parse_child},
    text::Line,
    timestamp,
};
use time::OffsetDateTime;

/// What a resource name must look like.
const NAME_FORM: &str = "customers/{uuid}/memberships/{uuid}";

/// The name of a membership: who is in which group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Name {
    /// Who is in it.
    pub customer: CustomerId,
    /// In which group.
    pub group: GroupId,
}

impl Name {
    /// What is wrong with text that is no name, in words.
    pub const EXPECTED: &'static str = "is not of the form customers/{uuid}/memberships/{uuid}";

    /// Reads `customers/{uuid}/memberships/{uuid}`; `None` where it is something else.
    pub fn parse(name: &str) -> Option<Self> {
        let (customer, last) = parse_child(name, "memberships", NAME_FORM).ok()?;
        Some(Self { customer, group: last.parse().ok()? })
    }
}

impl std::fmt::Display for Name {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "customers/{}/memberships/{}", self.customer, self.group)
    }
}

/// A membership as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Membership {
    /// Who is in which group.
    pub name: Name,
    /// Whether the group is the customer's primary one.
    pub is_primary: bool,
    /// Who put the customer into it, by resource name.
    pub creator: String,
    /// Since when.
    pub created_at: OffsetDateTime,
    /// Name of the group for people.
    pub group_display_name: Line<100>,
    /// Whether the group required approval when the customer was put into it.
    pub approval_required: bool,
}

impl From<&Membership> for proto::Membership {
    fn from(membership: &Membership) -> Self {
        Self {
            name: membership.name.to_string(),
            group: membership.name.group.resource_name(),
            primary: membership.is_primary,
            create_time: Some(timestamp(membership.created_at)),
            creator: membership.creator.clone(),
            group_display_name: membership.group_display_name.to_string(),
        }
    }
}
